//! The questionnaire: one self-contained page that can be read, answered and sent without another
//! request.
//!
//! Without script it is one long page that works. The script (`assets/form`) shows it step by step.
//! Style and script are in the page itself, named by hash in its Content-Security-Policy.
//! The form has no `action`: it posts to its own URL, so the channel of a QR code (`?c=`) and the
//! language go along. Without script the language switch is a button of the form: it sends the
//! answers so far, and they come back in the other language.
//!
//! | file | part of the page |
//! |---|---|
//! | `document` | the whole page and its policy |
//! | `front` | the front page: who asks, why, under which approval; the start button |
//! | `question` | one question and its control |
//! | `invitation` | the field for the code of an invitation |
//! | `condition` | when a question is asked, in words |
//! | `summary` | what is wrong with the answers, above the form |
//! | `share` | the description that a shared link shows |
//! | `script_texts` | the texts that the script shows |
//! | `view` | what all parts need |

mod condition;
mod document;
mod front;
mod invitation;
mod question;
mod script_texts;
mod share;
mod summary;
mod view;

pub use document::{Attempt, Document, document};
pub use view::InvitationField;
