//! Warnings about a questionnaire without mistakes: labels that are alike, and rules that can never
//! be true or false.

use std::sync::LazyLock;

use minyi::questionnaire::answer::{Mode, asked};
use minyi::questionnaire::{Areas, Mistake, load, warnings};
use proptest::prelude::*;

use crate::questionnaire::{areas, folder, real_areas, surveys};

pub(crate) const HEAD: &str = r#"
survey = "w"
wave = "2026"
title = { zh = "测试", en = "Test" }
form_number = "试01表"
agency = "测试市统计局"
approval_number = ""
valid_until = "2027-01"
opens = "2026-06-01"
closes = "2026-08-31"

[choices.scale]
5 = { zh = "五", en = "Five" }
4 = { zh = "四", en = "Four" }
1 = { zh = "一", en = "One" }
9 = { zh = "九", en = "Nine", missing = true }

[choices.yes_no]
yes = { zh = "是", en = "Yes" }
no = { zh = "否", en = "No" }

[choices.acts]
1 = { zh = "甲", en = "A" }
2 = { zh = "乙", en = "B" }
3 = { zh = "丙", en = "C" }
none = { zh = "无", en = "None", exclusive = true }

[[section]]
code = "s"
title = { zh = "一", en = "One" }
"#;

/// One question: its code, its kind and further lines.
pub(crate) fn question(code: &str, kind: &str, more: &str) -> String {
    format!(
        "[[section.question]]\ncode = \"{code}\"\nkind = \"{kind}\"\n\
         text = {{ zh = \"问 {code}\", en = \"Question {code}\" }}\n{more}\n"
    )
}

/// Questions of every kind: `a1`, `b` is required, `m`, `n` from 0 to 30, `d`, `t`, `area`.
fn questions() -> String {
    [
        question("a1", "single", "choices = \"scale\""),
        question("b", "single", "choices = \"yes_no\"\nrequired = true"),
        question("m", "multiple", "choices = \"acts\"\nmax_choices = 2"),
        question("n", "integer", "min = 0\nmax = 30"),
        question("big", "integer", "min = 0\nmax = 100000"),
        question("d", "decimal", "min = 0\nmax = 10"),
        question("t", "text", ""),
        question("area", "area", ""),
    ]
    .concat()
}

fn warned(source: &str) -> Vec<Mistake> {
    if let Err(mistakes) = load(source, "q.toml", &areas()) {
        panic!("{mistakes:?}\n{source}");
    }
    warnings(source, "q.toml", &areas())
}

/// The warnings about the questions above, followed by `more`.
fn after(more: &str) -> Vec<String> {
    let warned = warned(&format!("{HEAD}{}{more}", questions()));
    warned.into_iter().map(|warning| warning.message).collect()
}

#[test]
fn an_ask_if_that_is_never_true_is_warned_of() {
    for rule in [
        "a1 = 5 and a1 = 4",
        "a1 > 9",
        "a1 < 1 or a1 > 9",
        "b = 'yes' and b != 'yes'",
        "not answered(b)",
        "answered(a1) and not answered(a1)",
        "m in ('none') and count(m) = 2",
        "count(m) > 2",
        "m in ('1') and m in ('2') and m in ('3')",
        "n > 30",
        "n >= 7 and n <= 6",
        "n * n = 50",
        "n + n = 7",
        "big > 5 and big < 6",
        "d > 1.5 and d < 1.51",
        "t = 'x' and t = 'y'",
        "area = '411702' and area = '411721'",
        "area != '411702' and area != '411721' and area != '411771'",
        "mode = 'online' and mode = 'paper'",
        "1 = 2",
    ] {
        let more = question("q", "integer", &format!("ask_if = \"{rule}\""));
        assert_eq!(
            after(&more),
            ["`ask_if` of question `q` is never true"],
            "{rule}"
        );
    }
}

#[test]
fn an_ask_if_that_can_be_true_is_not_warned_of() {
    for rule in [
        "a1 = 5 or a1 = 4",
        "a1 >= 9",
        "not answered(a1)",
        "m in ('none') and count(m) = 1",
        "m in ('1') and m in ('3')",
        "n > 29",
        "n * n = 49",
        "n + n = 8",
        "big > 4 and big < 6",
        "n < big and big < n + 2",
        "big * 2 = 77777 + 1",
        "d > 1.5 and d < 1.52",
        "d / 3 = 3",
        "t != 'x' and t != 'y'",
        "area != '411702' and area != '411721'",
        "mode = 'paper'",
        "1 = 1",
    ] {
        let more = question("q", "integer", &format!("ask_if = \"{rule}\""));
        assert_eq!(after(&more), [""; 0], "{rule}");
    }
}

#[test]
fn a_condition_is_judged_together_with_the_conditions_that_lead_to_it() {
    let first = question("first", "integer", "ask_if = \"a1 = 5\"\nmax = 3");
    let second = |rule: &str| question("second", "integer", &format!("ask_if = \"{rule}\""));
    assert_eq!(
        after(&[first.clone(), second("answered(first) and a1 = 4")].concat()),
        ["`ask_if` of question `second` is never true"]
    );
    assert_eq!(
        after(&[first, second("answered(first) and b = 'no'")].concat()),
        [""; 0]
    );
    let ends = question(
        "age",
        "integer",
        "min = 0\nmax = 120\nscreen_out_if = \"age < 18\"",
    );
    assert_eq!(
        after(&[ends, second("age < 16")].concat()),
        ["`ask_if` of question `second` is never true"],
        "children do not come so far"
    );
    let clerk = question(
        "clerk",
        "integer",
        "interviewer_only = true\nask_if = \"mode = 'online'\"",
    );
    assert_eq!(
        after(&clerk),
        ["`ask_if` of question `clerk` is never true"]
    );
}

#[test]
fn a_section_that_is_never_asked_is_warned_of_once() {
    let section = |rule: &str| {
        format!(
            "[[section]]\ncode = \"two\"\ntitle = {{ zh = \"二\", en = \"Two\" }}\n\
             ask_if = \"{rule}\"\n"
        )
    };
    let two = [
        question("q", "integer", ""),
        question("r", "integer", "ask_if = \"n = 1\""),
    ]
    .concat();
    assert_eq!(
        after(&[section("n > 3 and n < 2"), two.clone()].concat()),
        ["`ask_if` of section `two` is never true"]
    );
    assert_eq!(
        after(&[section("n > 3"), two].concat()),
        ["`ask_if` of question `r` is never true"],
        "the rule of the section and that of the question exclude each other"
    );
    let clerk = question("clerk", "integer", "interviewer_only = true");
    assert_eq!(
        after(&[section("mode = 'online'"), clerk].concat()),
        ["question `clerk` is never asked"]
    );
}

#[test]
fn a_screen_out_if_that_is_always_true_is_warned_of() {
    let scale = |required: bool, rule: &str| {
        let more = format!(
            "choices = \"yes_no\"\nrequired = {required}\nscreen_out_if = \"{rule}\"\n\
             screen_out_text = {{ zh = \"谢谢\", en = \"Thanks\" }}"
        );
        after(&question("q", "single", &more))
    };
    let always = ["`screen_out_if` of question `q` is true for every answer"];
    assert_eq!(scale(true, "q = 'yes' or q = 'no'"), always);
    assert_eq!(scale(true, "q in ('yes', 'no') or n = 3"), always);
    assert_eq!(
        scale(false, "q = 'yes' or not answered(q) or q = 'no'"),
        always
    );
    assert_eq!(scale(true, "q = 'yes'"), [""; 0]);
    assert_eq!(
        scale(false, "q = 'yes' or q = 'no'"),
        [""; 0],
        "those who do not answer go on"
    );
}

#[test]
fn a_valid_if_that_no_answer_meets_is_warned_of() {
    let number = |rule: &str| {
        let more = format!(
            "min = 1\nmax = 5000\nvalid_if = \"{rule}\"\n\
             valid_text = {{ zh = \"不对\", en = \"Wrong\" }}"
        );
        after(&question("q", "integer", &more))
    };
    let never = ["`valid_if` of question `q` is false for every answer"];
    assert_eq!(number("q > 9 and q < 9"), never);
    assert_eq!(number("q < 1"), never);
    assert_eq!(number("q > 5000"), never);
    assert_eq!(number("q >= 5000"), [""; 0]);
    assert_eq!(number("q <= n"), [""; 0]);
    assert_eq!(
        number("n > 50"),
        [""; 0],
        "without an answer to n the rule is unknown, and the answer valid"
    );
}

#[test]
fn two_choices_with_one_label_are_warned_of_at_the_second() {
    let source = format!(
        "{HEAD}{}",
        question(
            "q",
            "single",
            "[section.question.choices]\n1 = { zh = \"甲\", en = \"Other\" }\n\
             2 = { zh = \"乙\", en = \"Other \" }\n3 = { zh = \"甲\", en = \"C\" }"
        )
    );
    let found = warned(&source);
    let said: Vec<_> = found
        .iter()
        .map(|warning| warning.message.as_str())
        .collect();
    assert_eq!(
        said,
        [
            "choices `1` and `2` of question `q` have the same label: `en` \"Other\"",
            "choices `1` and `3` of question `q` have the same label: `zh` \"甲\"",
        ]
    );
    let line = |warning: &Mistake| source.lines().nth(warning.line - 1).unwrap().to_owned();
    assert!(line(&found[0]).starts_with("2 = ") && line(&found[1]).starts_with("3 = "));
    assert!(
        found
            .iter()
            .all(|own| own.file == "q.toml" && !own.cure.is_empty())
    );
    let scale = [
        HEAD.replace("四", "五"),
        question("q", "single", "choices = \"scale\""),
        question("r", "single", "choices = \"scale\""),
    ]
    .concat();
    let said: Vec<_> = warned(&scale).iter().map(ToString::to_string).collect();
    assert_eq!(
        said,
        [
            "q.toml:14: choices `5` and `4` of scale `scale` have the same label: `zh` \"五\"; \
          respondents cannot tell them apart; change one of the labels"
        ],
        "once, however many questions use the scale"
    );
}

#[test]
fn a_rule_with_too_many_combinations_is_not_judged() {
    let many: String = (0..12)
        .map(|number| question(&format!("x{number}"), "integer", "max = 100000\nmin = 0"))
        .collect();
    let rules: Vec<_> = (0..11)
        .map(|number| format!("x{number} < x{}", number + 1))
        .collect();
    let rule = format!("{} and x11 < x0", rules.join(" and "));
    let more = [
        many,
        question("q", "integer", &format!("ask_if = \"{rule}\"")),
    ]
    .concat();
    assert_eq!(after(&more), [""; 0]);
}

#[test]
fn a_file_with_mistakes_has_no_warnings() {
    assert!(warnings("survey = 1", "q.toml", &areas()).is_empty());
}

#[test]
fn the_questionnaires_of_the_program_have_no_warnings() {
    let root = folder("..").join("surveys");
    let mut count = 0;
    for entry in std::fs::read_dir(root).unwrap() {
        let path = entry.unwrap().path().join("questionnaire.toml");
        if let Ok(source) = std::fs::read_to_string(&path) {
            let found = warnings(&source, "q.toml", &real_areas());
            assert!(found.is_empty(), "{}: {found:?}", path.display());
            count += 1;
        }
    }
    assert!(count >= 4);
    for name in surveys(false).iter().filter(|name| *name != "table") {
        let path = folder("surveys").join(name).join("questionnaire.toml");
        let source = std::fs::read_to_string(path).unwrap();
        assert_eq!(warnings(&source, "q.toml", &areas()), [], "{name}");
    }
}

/// The fields of a form.
type Form = Vec<(&'static str, String)>;

/// A questionnaire with few possible answers, and every form that can be filled in.
static SMALL: LazyLock<(String, Vec<Form>)> = LazyLock::new(|| {
    let source = [
        HEAD.to_owned(),
        question("a1", "single", "choices = \"scale\""),
        question("b", "single", "choices = \"yes_no\"\nrequired = true"),
        question("m", "multiple", "choices = \"acts\"\nmax_choices = 2"),
        question("n", "integer", "min = 0\nmax = 24"),
    ]
    .concat();
    let mut forms = Vec::new();
    let numbers: Vec<String> = (0..=24).map(|number| number.to_string()).collect();
    for a1 in ["", "5", "4", "1", "9"] {
        for b in ["yes", "no"] {
            for m in ["", "1", "2", "3", "1 2", "1 3", "2 3", "none"] {
                for n in numbers.iter().map(String::as_str).chain([""]) {
                    let mut form = vec![("a1", a1.to_owned()), ("b", b.to_owned())];
                    form.extend(m.split(' ').map(|code| ("m", code.to_owned())));
                    form.push(("n", n.to_owned()));
                    forms.push(form);
                }
            }
        }
    }
    (source, forms)
});

fn atom() -> impl Strategy<Value = String> {
    let comparison = prop::sample::select(vec!["=", "!=", "<", "<=", ">", ">="]);
    prop_oneof![
        (
            comparison.clone(),
            prop::sample::select(vec![0, 1, 4, 5, 9])
        )
            .prop_map(|(sign, code)| format!("a1 {sign} {code}"))
            .prop_filter("a code that is no choice is a mistake", |rule| {
                !rule.starts_with("a1 = 0") && !rule.starts_with("a1 != 0")
            }),
        (comparison.clone(), 0..26).prop_map(|(sign, number)| format!("n {sign} {number}")),
        (comparison.clone(), 0..4).prop_map(|(sign, number)| format!("count(m) {sign} {number}")),
        (comparison, 0..3).prop_map(|(sign, add)| format!("a1 + {add} {sign} n")),
        prop::sample::select(vec!["yes", "no"]).prop_map(|code| format!("b = '{code}'")),
        prop::sample::select(vec!["1", "2", "none"]).prop_map(|code| format!("m in ('{code}')")),
        prop::sample::select(vec!["a1", "b", "m", "n"])
            .prop_map(|code| format!("answered({code})")),
        prop::sample::select(vec!["online", "paper"]).prop_map(|mode| format!("mode = '{mode}'")),
    ]
}

fn rule() -> impl Strategy<Value = String> {
    let part = (any::<bool>(), atom())
        .prop_map(|(not, atom)| format!("{}{atom}", if not { "not " } else { "" }));
    prop::collection::vec(
        (part, prop::sample::select(vec![" and ", " and ", " or "])),
        1..5,
    )
    .prop_map(|parts| {
        let mut rule = String::new();
        for (place, (part, join)) in parts.into_iter().enumerate() {
            rule.push_str(if place == 0 { "" } else { join });
            rule.push_str(&part);
        }
        rule
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_rule_is_warned_of_exactly_if_no_form_leads_to_the_question(rule in rule()) {
        let (head, forms) = &*SMALL;
        let last = question("q", "integer", &format!("ask_if = \"{rule}\""));
        let source = format!("{head}{last}");
        let areas = Areas::default();
        let questionnaire = load(&source, "q", &areas).unwrap();
        let leads = Mode::ALL.into_iter().any(|mode| forms.iter().any(|form| {
            let fields = form.iter().map(|(code, value)| (*code, value.as_str()));
            asked(&questionnaire, &areas, mode, fields).contains(&"q")
        }));
        prop_assert_eq!(warnings(&source, "q", &areas).is_empty(), leads, "{}", rule);
    }
}
