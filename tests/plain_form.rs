//! The questionnaire without script: the language switch keeps every answer, and the summary of an
//! unfinished form is short.

use crate::pages::between;
use crate::support::site::Site;

#[test]
fn the_language_button_of_the_plain_form_keeps_answers_and_channel_and_stores_nothing() {
    let site = Site::start("switch");
    let mut fields = crate::support::site::complete();
    fields.retain(|(name, _)| *name != "a3");
    fields.extend([("text", "large"), ("lang", "en")]);
    let answer = site
        .server
        .post_form("/s/satisfaction-2026?c=poster%26%22%3E17", &fields);
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let page = answer.text();
    assert!(page.contains("<html lang=\"en\">"));
    assert!(
        page.contains("action=\"?lang=en&amp;text=large&amp;c=poster%26%22%3E17\""),
        "{}",
        page.split("<form")
            .nth(1)
            .unwrap()
            .split('>')
            .next()
            .unwrap()
    );
    assert!(
        page.contains("value=\"411702\" selected"),
        "the area is kept"
    );
    assert!(
        page.matches(" checked").count() >= fields.len() - 3,
        "every choice is kept"
    );
    assert!(
        !page.contains("class=\"err\""),
        "an unfinished form is no fault yet"
    );
    assert!(site.stored().is_empty());
}

#[test]
fn many_unanswered_questions_are_counted_by_section_and_other_faults_listed_one_by_one() {
    let site = Site::start("empty");
    let summary = |fields: &[(&str, &str)], language: &str| {
        let path = format!("/s/satisfaction-2026?lang={language}");
        let answer = site.server.post_form(&path, fields);
        assert_eq!(answer.status, 422);
        let page = answer.text();
        let required = page.matches("class=\"err\"").count();
        (
            between(&page, "id=\"sum\"", "<section").to_owned(),
            required,
        )
    };
    let (empty, required) = summary(&[], "en");
    assert!(required > 30);
    let count = format!("<h2>{required} questions are still to be answered</h2>");
    assert!(empty.contains(&count), "{empty}");
    let (sections, lines) = empty.split_once("<details>").expect("the lines are folded");
    assert!(
        sections.contains("<a href=\"#q-a1\">Environmental quality (5)</a>"),
        "{sections}"
    );
    assert!(sections.matches("<li>").count() <= 12, "{sections}");
    assert_eq!(lines.matches("<li>").count(), required);

    let (mixed, _) = summary(&[("a1", "77"), ("nonsense", "1")], "zh");
    let (listed, counted) = mixed.split_once("题没有回答").expect("a count");
    assert!(listed.contains("<h2>有几处需要修改</h2>"), "{listed}");
    assert!(
        listed.contains("“空气质量”：“77”不是可选的答案，请重新选择"),
        "{listed}"
    );
    assert!(listed.contains("“nonsense”：问卷中没有这一项"), "{listed}");
    assert!(!counted.contains("#q-a1"), "{counted}");

    let few: Vec<_> = crate::support::site::complete()
        .into_iter()
        .filter(|(name, _)| !["a3", "p2"].contains(name))
        .collect();
    let (few, _) = summary(&few, "zh");
    assert!(
        few.contains("<a href=\"#q-a3\">“饮用水的水质”：请选择一个答案</a>"),
        "{few}"
    );
    assert!(!few.contains("<details>"), "{few}");
}
