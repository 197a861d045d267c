//! The field for the code of an invitation, below the questions.

use maud::{Markup, html};

use super::view::{InvitationField, View};

impl View<'_> {
    /// The field. The script moves it to the review.
    pub(super) fn invitation(&self) -> Markup {
        let is_refused = self.attempt.invitation == InvitationField::Refused;
        let given = self.attempt.fields.iter();
        let given = given
            .filter(|(name, value)| name == "invitation" && !value.is_empty())
            .map(|(_, value)| value.as_ref())
            .next();
        html! {
            @if self.attempt.invitation != InvitationField::Absent {
                div.q.bad[is_refused] #q-invitation {
                    label.ask for="invitation" { (self.text("form.invitation")) }
                    @if is_refused {
                        p.err { (self.text("form.invitation_refused")) }
                    }
                    p.hint #h-invitation { (self.text("form.invitation_hint")) }
                    input.text #invitation name="invitation" value=[given] maxlength="40"
                        autocapitalize="characters" spellcheck="false"
                        aria-describedby="h-invitation";
                    button.quiet #alone name="without_invitation" value="1" {
                        (self.text("form.without_invitation"))
                    }
                }
            }
        }
    }
}
