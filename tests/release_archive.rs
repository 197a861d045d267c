//! The list of releases, the page before the first, and the release calendar.

use minyi::locale::Language;
use minyi::pages::layout::Reader;
use minyi::pages::results::{
    self, ArchiveEntry, ArchiveRelease, Awaited, CalendarChange, CalendarLine, CalendarStatus,
};

use crate::pages::headings_skip_no_level;
use crate::release_pages::{NEXT, PUBLISHED, public};
use crate::support::waves::{city, goods, parts, readable};

#[test]
fn the_archive_lists_every_release_and_what_is_announced() {
    let (city, goods) = (public(city()), public(goods()));
    let release = |number, reason| ArchiveRelease {
        number,
        published_at: PUBLISHED,
        reason,
    };
    let entries = [
        ArchiveEntry {
            survey: &city.survey,
            title: &city.title,
            wave: &city.wave,
            releases: vec![release(2, "更正一处抄录错误"), release(1, "")],
            finding: "满意度 91.4%",
            next: None,
        },
        ArchiveEntry {
            survey: &goods.survey,
            title: &goods.title,
            wave: &goods.wave,
            releases: Vec::new(),
            finding: "",
            next: Some(NEXT),
        },
    ];
    let page = results::archive(Language::ZH.into(), &entries).into_string();
    for part in [
        "/results/satisfaction-2026/r/2\"",
        "/results/satisfaction-2026/r/1\"",
        "更正一处抄录错误",
        "91.4%",
        "下次发布：2026年12月28日 9:30",
        "尚未发布",
        "href=\"/calendar\"",
    ] {
        assert!(page.contains(part), "{part}");
    }
    headings_skip_no_level(&page, "archive");
}

#[test]
fn before_the_first_release_the_page_says_who_asks_and_when_the_figure_comes() {
    let figures = city();
    let awaited = Awaited {
        survey: &figures.survey,
        title: &figures.title,
        agency: &figures.agency,
        period: Some((&figures.period.0, &figures.period.1)),
        is_open: true,
        next: Some(NEXT),
    };
    let page = results::not_yet(Language::ZH.into(), &awaited).into_string();
    for part in [
        "驻马店市统计局",
        "2026年6月1日 至 2026年8月31日",
        "2026年12月28日 9:30",
        "href=\"/s/satisfaction-2026\"",
    ] {
        assert!(page.contains(part), "{part}");
    }
    assert!(
        !readable(&page).contains('%'),
        "no number leaves the office"
    );
}

pub fn calendar_page(reader: Reader) -> String {
    let figures = city();
    let line = |at, status, changes| CalendarLine {
        survey: &figures.survey,
        title: &figures.title,
        at,
        status,
        changes,
    };
    let moved = CalendarChange {
        was: PUBLISHED,
        reason: "补充调查推迟",
    };
    let lines = [
        line(PUBLISHED, CalendarStatus::Published(1), Vec::new()),
        line(NEXT, CalendarStatus::Announced, vec![moved]),
        line(NEXT, CalendarStatus::Planned, Vec::new()),
        line(NEXT, CalendarStatus::Cancelled, Vec::new()),
    ];
    results::calendar(reader, &lines).into_string()
}

#[test]
fn the_calendar_explains_a_changed_date_and_tells_no_day_that_is_not_announced() {
    let page = calendar_page(Language::ZH.into());
    assert!(page.contains("原定 2026年11月28日 9:30；原因：补充调查推迟"));
    assert!(page.contains("/results/satisfaction-2026/r/1\""));
    let planned = parts(&page, "<tr class=\"planned\">", "</th>")[0];
    assert!(planned.ends_with("2026年12月"), "{planned}");
}
