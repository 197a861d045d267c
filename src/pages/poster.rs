//! A poster with the QR code of one channel, to print on A4 or A5.

use maud::{Markup, html};

use crate::locale::{text, text_with};
use crate::pages::layout::{self, Head, Reader};
use crate::pages::title;
use crate::questionnaire::Questionnaire;

/// What stands on a poster.
#[derive(Debug, Clone, Copy)]
pub struct Poster<'a> {
    /// The URL that the QR code leads to.
    pub address: &'a str,
    /// The channel; empty for the open link without one.
    pub channel: &'a str,
    /// Whether the plan announces the channel.
    pub is_announced: bool,
    /// A5 instead of A4.
    pub small: bool,
}

/// A poster.
pub fn page(reader: Reader, questionnaire: &Questionnaire, poster: &Poster<'_>) -> Markup {
    let Poster {
        address,
        channel,
        is_announced,
        small,
    } = *poster;
    let language = reader.language;
    let own = language.code();
    let title = questionnaire.title.get(own);
    let mut path = format!("/s/{}/poster?size={}", questionnaire.id(), size(small));
    let mut other_size = format!("/s/{}/poster?size={}", questionnaire.id(), size(!small));
    // The channel from the address, since it is percent-encoded there.
    if let Some((_, channel)) = address.split_once("?c=") {
        path = format!("{path}&c={channel}");
        other_size = format!("{other_size}&c={channel}");
    }
    let other_name = if small { "poster.a4" } else { "poster.a5" };
    let short = address.split_once("://").map_or(address, |(_, rest)| rest);
    let head = Head {
        title,
        description: title,
        path: &path,
    };
    layout::page(
        reader,
        &head,
        html! {
            p.no-print.soft {
                (text(language, "poster.print")) " "
                a href=(reader.link(&other_size)) { (text(language, other_name)) }
            }
            @if !channel.is_empty() && !is_announced {
                p.no-print.trial role="note" {
                    (text_with(language, "poster.unannounced", &[("channel", channel)]))
                }
            }
            article.poster.a5[small] {
                p.agency { (questionnaire.agency.get(own)) }
                h1.title aria-label=(title) { (title::title(title)) }
                p.call { (text(language, "poster.scan")) }
                (layout::qr(address, &text(language, "receipt.qr")))
                p.address { (short) }
                p.promise {
                    (questionnaire.duration.get(own)) " · " (text(language, "poster.anonymous"))
                }
                @if !questionnaire.eligibility.is_empty() {
                    p.soft { (questionnaire.eligibility.get(own)) }
                }
                @let closes = [("day", questionnaire.closes.as_str())];
                p.soft { (text_with(language, "home.until", &closes)) }
                p.soft { (questionnaire.contact.get(own)) }
                @if !channel.is_empty() {
                    p.channel { (text_with(language, "poster.channel", &[("channel", channel)])) }
                }
                @if questionnaire.approval_number.is_empty() {
                    p.trial { (text(language, "form.trial")) }
                }
            }
        },
    )
}

fn size(small: bool) -> &'static str {
    if small { "a5" } else { "a4" }
}
