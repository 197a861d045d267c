//! The front page: who asks, why, under which approval, and what happens to the answers.

use maud::{Markup, html};

use super::view::View;
use crate::locale::text_with;
use crate::pages::title::title;

impl View<'_> {
    pub(super) fn front(&self) -> Markup {
        let q = self.questionnaire;
        let name = self.translated(&q.title);
        let facts = [
            ("form.who", &q.eligibility),
            ("form.how_long", &q.duration),
            ("form.secret", &q.confidentiality),
            ("form.ask_us", &q.contact),
        ];
        html! {
            section.step #s-front {
                ul.mark {
                    li { (self.text("form.form_number")) (q.form_number) }
                    li { (self.text("form.agency")) (self.translated(&q.agency)) }
                    li {
                        (self.text("form.approval"))
                        @if q.approval_number.is_empty() {
                            (self.text("form.no_approval"))
                        } @else {
                            (q.approval_number)
                        }
                    }
                    li { (self.text("form.valid_until")) (self.month(&q.valid_until)) }
                }
                h1 aria-label=(name) { (title(name)) }
                @if q.approval_number.is_empty() { p.trial { (self.text("form.trial")) } }
                div.say #resume hidden {
                    p { (self.text("form.resume")) }
                    button.go #resume-yes type="button" { (self.text("form.resume_yes")) }
                    button.quiet #resume-no type="button" { (self.text("form.resume_no")) }
                }
                p { (self.translated(&q.intro)) }
                dl.facts {
                    @for (name, fact) in facts {
                        @if !fact.is_empty() {
                            dt { (self.text(name)) } dd { (self.translated(fact)) }
                        }
                    }
                }
                @if !q.privacy.is_empty() {
                    details {
                        summary { (self.text("form.privacy")) }
                        @for paragraph in self.translated(&q.privacy).split("\n\n") {
                            p.soft { (paragraph) }
                        }
                    }
                }
                p.soft { (self.text("form.start_hint")) }
                div.nav { a.go #start href="#s-first" role="button" { (self.text("form.start")) } }
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
