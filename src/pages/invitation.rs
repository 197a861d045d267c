//! Slips and letters with the codes of invitations, to print: a file without links to others.

use maud::{Markup, html};

use crate::collection::InvitationCode;
use crate::locale::{Language, text, text_with};
use crate::pages::layout;
use crate::questionnaire::Questionnaire;

/// What is on a page of A4.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// Eight slips.
    Slips,
    /// One letter.
    Letters,
}

/// What every slip says.
pub struct Sheet<'a> {
    /// The survey.
    pub questionnaire: &'a Questionnaire,
    /// The URL by which citizens reach the server, without a slash at the end.
    pub public_url: &'a str,
}

impl Sheet<'_> {
    /// The end of the file.
    pub const END: &'static str = "</body></html>\n";

    /// The link of a code's QR code.
    #[must_use]
    pub fn link(&self, code: &InvitationCode) -> String {
        format!(
            "{}/s/{}?i={}",
            self.public_url,
            self.questionnaire.id(),
            code.as_str()
        )
    }

    /// The beginning of the file, up to the first slip.
    #[must_use]
    pub fn begin(&self, layout: Layout) -> String {
        let title = self.questionnaire.title.get(Language::ZH.code());
        let class = match layout {
            Layout::Slips => "slips",
            Layout::Letters => "letters",
        };
        let head = html! {
            meta charset="utf-8";
            title { (title) }
            style { (layout::trusted(include_str!("assets/invitation.css"))) }
        };
        let head = head.into_string();
        format!("<!DOCTYPE html><html lang=\"zh-CN\"><head>{head}</head><body class=\"{class}\">\n")
    }

    /// The slips or letters of one PSU, which has a code and an area.
    #[must_use]
    pub fn psu(&self, layout: Layout, psu: (&str, &str), codes: &[InvitationCode]) -> Markup {
        html! {
            @match layout {
                Layout::Slips => @for page in codes.chunks(8) {
                    section.page { @for code in page { (self.slip(psu, code)) } }
                },
                Layout::Letters => @for code in codes {
                    section.page { (self.letter(psu, code)) }
                },
            }
        }
    }

    fn slip(&self, psu: (&str, &str), code: &InvitationCode) -> Markup {
        html! {
            article {
                h1 { (self.title(Language::ZH)) }
                div.body {
                    (layout::qr(&self.link(code), &text(Language::ZH, "receipt.qr")))
                    div {
                        p { (text(Language::ZH, "invitation.scan")) }
                        p.code { (code) }
                        p.address { (self.address()) }
                        p.en lang="en" { (text(Language::EN, "invitation.scan")) }
                    }
                }
                (self.small_print(psu))
            }
        }
    }

    fn letter(&self, psu: (&str, &str), code: &InvitationCode) -> Markup {
        html! {
            article {
                p.agency { (self.questionnaire.agency.get(Language::ZH.code())) }
                h1 { (self.title(Language::ZH)) }
                @for language in [Language::ZH, Language::EN] {
                    div lang=(language.tag()) {
                        p { (text(language, "invitation.greeting")) }
                        p { (self.questionnaire.intro.get(language.code())) }
                        p { (text(language, "invitation.why")) }
                        p { (text(language, "invitation.scan")) }
                        p { (text(language, "invitation.else_visit")) }
                    }
                }
                div.body {
                    (layout::qr(&self.link(code), &text(Language::ZH, "receipt.qr")))
                    div {
                        p.code { (code) }
                        p.address { (self.address()) }
                    }
                }
                (self.small_print(psu))
            }
        }
    }

    fn small_print(&self, (psu, area): (&str, &str)) -> Markup {
        let closes = [("day", self.questionnaire.closes.as_str())];
        html! {
            footer {
                @for language in [Language::ZH, Language::EN] {
                    p lang=(language.tag()) {
                        (text_with(language, "invitation.once", &closes)) " "
                        (self.questionnaire.contact.get(language.code()))
                    }
                }
                p { (area) " " (psu) }
                @if self.questionnaire.approval_number.is_empty() {
                    p.trial { (text(Language::ZH, "form.trial")) }
                }
            }
        }
    }

    fn title(&self, language: Language) -> &str {
        self.questionnaire.title.get(language.code())
    }

    /// The address that a person types.
    fn address(&self) -> String {
        let bare = self.public_url.split_once("://");
        let bare = bare.map_or(self.public_url, |(_, rest)| rest);
        format!("{bare}/s/{}", self.questionnaire.id())
    }
}
