//! The front page: who asks, why, under which approval, and what becomes of the answers.

use maud::{Markup, html};

use super::View;
use crate::locale::text_with;

impl View<'_> {
    pub(super) fn front(&self) -> Markup {
        let q = self.questionnaire;
        let facts = [
            ("form.who", &q.eligibility),
            ("form.how_long", &q.duration),
            ("form.secret", &q.confidentiality),
            ("form.ask_us", &q.contact),
        ];
        html! {
            section.step #s-front {
                ul.mark {
                    li { (self.t("form.form_number")) (q.form_number) }
                    li { (self.t("form.agency")) (self.own(&q.agency)) }
                    li {
                        (self.t("form.approval"))
                        @if q.approval_number.is_empty() { (self.t("form.no_approval")) } @else { (q.approval_number) }
                    }
                    li { (self.t("form.valid_until")) (self.month(&q.valid_until)) }
                }
                h1 { (self.own(&q.title)) }
                @if q.approval_number.is_empty() { p.trial { (self.t("form.trial")) } }
                div.say #resume hidden {
                    p { (self.t("form.resume")) }
                    button.go #resume-yes type="button" { (self.t("form.resume_yes")) }
                    button.quiet #resume-no type="button" { (self.t("form.resume_no")) }
                }
                p { (self.own(&q.intro)) }
                dl.facts {
                    @for (name, fact) in facts {
                        @if !fact.is_empty() { dt { (self.t(name)) } dd { (self.own(fact)) } }
                    }
                }
                @if !q.privacy.is_empty() {
                    details {
                        summary { (self.t("form.privacy")) }
                        @for paragraph in self.own(&q.privacy).split("\n\n") { p.soft { (paragraph) } }
                    }
                }
                p.soft { (self.t("form.start_hint")) }
                div.nav { a.go #start href="#s-first" role="button" { (self.t("form.start")) } }
            }
            span #s-first {}
        }
    }

    fn month(&self, month: &str) -> String {
        let (year, month) = month.split_once('-').unwrap_or((month, ""));
        let month = month.trim_start_matches('0');
        text_with(
            self.language,
            "form.month",
            &[("year", year), ("month", month)],
        )
    }
}
