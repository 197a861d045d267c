//! What other modules read from a questionnaire: texts, choices, codebook, conditions and faults in
//! words.

use minyi::questionnaire::answer::{FaultKind, Mode, Outcome, Value, is_reserved, parse};
use minyi::questionnaire::codebook::codebook;
use minyi::questionnaire::conditions::Operator;
use minyi::questionnaire::rule::Literal;
use minyi::questionnaire::{Kind, ObservationUnit, Text, load, load_areas};

use crate::questionnaire::{areas, survey};

fn answer(name: &str, fields: &[(&str, &str)]) -> Outcome {
    parse(
        &survey(name),
        &areas(),
        Mode::Online,
        fields.iter().copied(),
    )
}

#[test]
fn texts_of_the_front_page_are_read_in_both_languages() {
    let page = survey("front_page");
    assert_eq!(page.privacy.get("zh").split("\n\n").count(), 2);
    assert_eq!(page.contact.get("en"), "Phone 12340");
    assert_eq!(
        page.agency.get("en"),
        "测试市统计局",
        "a bare name is the same in both"
    );
    assert_eq!(page.unit, ObservationUnit::Shop);
    assert_eq!(survey("single").unit, ObservationUnit::Person);
    assert!(survey("single").intro.is_empty());
}

#[test]
fn choices_keep_the_order_of_the_file_and_their_flags() {
    let single = survey("single");
    let codes = |code| {
        single
            .question(code)
            .unwrap()
            .choices()
            .iter()
            .map(|choice| choice.code.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(codes("a1"), ["5", "4", "3", "2", "1", "9"]);
    assert_eq!(codes("c"), ["red", "blue"]);
    let a1 = single.question("a1").unwrap();
    assert!(a1.choice("9").unwrap().missing && !a1.choice("1").unwrap().missing);
    assert_eq!(
        single
            .question("c")
            .unwrap()
            .choice("blue")
            .unwrap()
            .note
            .get("en"),
        "The colour of the sky"
    );
    assert!(
        survey("multiple")
            .question("m")
            .unwrap()
            .choice("none")
            .unwrap()
            .exclusive
    );
}

#[test]
fn the_codebook_has_a_row_for_each_column() {
    let book = codebook(&survey("single"), &areas());
    assert_eq!(
        book.iter().map(|row| row.name.as_str()).collect::<Vec<_>>(),
        ["a1", "b", "c"]
    );
    assert_eq!(
        (
            book[0].kind,
            book[0].indicators.as_slice(),
            book[0].required
        ),
        ("single", [8, 38].as_slice(), true)
    );
    let missing: Vec<_> = book[0]
        .values
        .iter()
        .filter(|value| value.missing)
        .map(|value| value.code.as_str())
        .collect();
    assert_eq!(missing, ["9"]);

    let book = codebook(&survey("multiple"), &areas());
    assert_eq!(book[3].name, "m__none");
    assert_eq!(
        (book[3].question.as_str(), book[3].choice.as_deref()),
        ("m", Some("none"))
    );
    assert_eq!(book[3].label.get("zh"), "问 m：都没有");
    assert_eq!(book[3].label.get("en"), "Question m: None of these");

    let book = codebook(&survey("ask_if"), &areas());
    let more = book.iter().find(|row| row.name == "more").unwrap();
    assert_eq!(
        more.ask_if,
        ["b = 'yes'", "bags * 2 > 10 or answered(why)"],
        "the section's condition comes first"
    );
    assert_eq!(more.section_title.get("en"), "Two");

    let book = codebook(&survey("area"), &areas());
    assert_eq!(book[1].values[0].label.get("zh"), "人民街道");
    assert_eq!(
        codebook(&survey("integer"), &areas())[1].min.as_deref(),
        Some("-10")
    );
    assert_eq!(codebook(&survey("decimal"), &areas())[1].decimals, Some(4));
    assert_eq!(
        codebook(&survey("note"), &areas()).len(),
        1,
        "a note is no variable"
    );
}

#[test]
fn simple_conditions_can_be_said_in_words_and_others_cannot() {
    let ask_if = survey("ask_if");
    let said = |code: &str| {
        let conditions = ask_if
            .question(code)
            .unwrap()
            .ask_if
            .as_ref()
            .unwrap()
            .conditions(&ask_if)?;
        Some((conditions.all, conditions.list))
    };
    let (all, list) = said("why").unwrap();
    assert!(all);
    assert_eq!(
        (list[0].question.as_str(), list[0].operator),
        ("b", Operator::Is)
    );
    assert_eq!(list[0].values, [Literal::Text("no".to_owned())]);
    let (_, list) = said("a2").unwrap();
    assert_eq!(
        list[0].operator,
        Operator::Is,
        "a1 <= 2 is said by the choices that it admits"
    );
    assert_eq!(
        list[0].values,
        [Literal::Number(2.0), Literal::Number(1.0)],
        "in the order of the page"
    );
    assert_eq!(said("more"), None, "arithmetic is not said in words");
    let note = survey("note");
    let many = note
        .question("many")
        .unwrap()
        .ask_if
        .as_ref()
        .unwrap()
        .conditions(&note)
        .unwrap();
    assert_eq!(
        (many.list[0].operator, many.list[0].values.as_slice()),
        (Operator::More, [Literal::Number(100.0)].as_slice())
    );
    let paper = survey("interviewer_only");
    let paper = paper
        .question("where")
        .unwrap()
        .ask_if
        .as_ref()
        .unwrap()
        .conditions(&paper)
        .unwrap();
    assert_eq!(paper.list[0].question, "mode");
}

#[test]
fn conditions_of_every_simple_form_are_said() {
    let source = std::fs::read_to_string(crate::questionnaire::folder(
        "surveys/ask_if/questionnaire.toml",
    ))
    .unwrap();
    let said = |rule: &str| {
        let source = source.replace("bags * 2 > 10 or answered(why)", rule);
        let questionnaire =
            load(&source, "f", &areas()).unwrap_or_else(|mistakes| panic!("{rule}: {mistakes:?}"));
        let conditions = questionnaire
            .question("more")
            .unwrap()
            .ask_if
            .as_ref()
            .unwrap()
            .conditions(&questionnaire)?;
        let list = conditions.list.iter().map(|condition| {
            let values: Vec<_> = condition.values.iter().map(ToString::to_string).collect();
            format!(
                "{} {} {}",
                condition.question,
                condition.operator.key(),
                values.join(",")
            )
        });
        Some(
            list.collect::<Vec<_>>()
                .join(if conditions.all { " & " } else { " | " }),
        )
    };
    for (rule, words) in [
        ("b != 'yes'", Some("b is_not 'yes'")),
        ("3 > bags", Some("bags less 3")),
        ("3 < bags", Some("bags more 3")),
        (
            "3 <= bags or 3 >= bags",
            Some("bags at_least 3 | bags at_most 3"),
        ),
        (
            "bags >= 3 and a1 > 3",
            Some("bags at_least 3 & a1 is 5,4,9"),
        ),
        (
            "a1 in (1, 2) or a1 not in (5)",
            Some("a1 is 1,2 | a1 is_not 5"),
        ),
        ("not answered(why)", Some("why unanswered ")),
        (
            "answered(why) or bags <= 1",
            Some("why answered  | bags at_most 1"),
        ),
        ("not b = 'yes'", None),
        ("a1 = a2", None),
        ("(b = 'yes' or bags = 1) and a1 = 2", None),
        ("a1 > 9", None),
    ] {
        assert_eq!(said(rule).as_deref(), words, "{rule}");
    }
}

#[test]
fn a_fault_has_a_key_values_and_english_words() {
    let Outcome::Faults(faults) = answer(
        "integer",
        &[("bags", "201"), ("change", "-99"), ("any", "abc")],
    ) else {
        panic!()
    };
    assert_eq!(
        faults[0].to_string(),
        "bags: the number must be at most 200"
    );
    assert_eq!(
        faults[0].kind.values("zh"),
        [("max", "200".to_owned()), ("unit", "个".to_owned())]
    );
    assert_eq!(
        faults[1].kind.values("en"),
        [("min", "-10".to_owned()), ("unit", "people".to_owned())]
    );
    assert_eq!(faults[2].kind.values("zh"), [("given", "abc".to_owned())]);
    let Outcome::Faults(faults) = answer("valid_if", &[("all", "1"), ("saving", "2")]) else {
        panic!()
    };
    assert_eq!(
        faults[0].to_string(),
        "saving: This cannot be more than all"
    );
    assert_eq!(
        faults[0].kind.values("zh"),
        [("text", "不能多于总数".to_owned())]
    );
    let Outcome::Faults(faults) = answer("multiple", &[("m", "none"), ("m", "1")]) else {
        panic!()
    };
    assert_eq!(
        faults[0].kind.values("zh"),
        [("choice", "都没有".to_owned())]
    );
    assert_eq!(FaultKind::Missing.to_string(), "an answer is required");
}

#[test]
fn a_fault_repeats_no_more_than_the_beginning_of_what_was_given() {
    let long = "9x".repeat(30_000);
    let Outcome::Faults(faults) = answer("single", &[("a1", &long), (&long, "1")]) else {
        panic!()
    };
    assert_eq!(faults.len(), 2);
    assert!(
        faults
            .iter()
            .all(|fault| fault.to_string().len() < 200 && fault.pointer.len() < 200)
    );
}

#[test]
fn complete_answers_are_read_by_code_and_in_page_order() {
    let Outcome::Complete(complete) =
        answer("ask_if", &[("bags", "12"), ("a1", "4"), ("b", "yes")])
    else {
        panic!()
    };
    assert_eq!(
        complete.iter().map(|(code, _)| code).collect::<Vec<_>>(),
        ["b", "a1", "bags"]
    );
    assert_eq!(complete.get("bags"), Some(&Value::Integer(12)));
    assert_eq!(complete.get("a1").and_then(Value::number), Some(4.0));
    assert!(complete.get("b").unwrap().has_choice("yes"));
    assert_eq!(
        (complete.get("why"), complete.get("zz"), complete.len()),
        (None, None, 3)
    );
    let Outcome::Complete(complete) = answer("multiple", &[("m", "1"), ("m", "3")]) else {
        panic!()
    };
    let m = complete.get("m").unwrap();
    assert_eq!(
        (
            m.text().as_ref(),
            m.has_choice("3"),
            m.has_choice("2"),
            m.number()
        ),
        ("1;3", true, false, None)
    );
}

#[test]
fn form_fields_beside_the_answers_are_reserved() {
    for name in [
        "response_id",
        "channel",
        "started_at",
        "finished_at",
        "website",
        "paradata",
        "lang",
    ] {
        assert!(is_reserved(name));
    }
    assert!(
        !is_reserved("a1") && !is_reserved("mode"),
        "a form may not say how it was given"
    );
}

#[test]
fn limits_that_the_file_does_not_give_are_wide() {
    let integer = survey("integer");
    let Kind::Integer { min, max, .. } = integer.question("any").unwrap().kind else {
        panic!()
    };
    assert_eq!((min, max), (-9_007_199_254_740_991, 9_007_199_254_740_991));
    let Kind::Text { max_length } = survey("text").question("long").unwrap().kind else {
        panic!()
    };
    assert_eq!(max_length, 200);
}

#[test]
fn a_text_falls_back_to_chinese() {
    let text = Text::from(std::collections::BTreeMap::from([(
        "zh".to_owned(),
        "一".to_owned(),
    )]));
    assert_eq!(
        (text.get("en"), text.get("zh"), Text::default().get("zh")),
        ("一", "一", "")
    );
}

#[test]
fn areas_are_read_with_every_mistake() {
    let areas = areas();
    assert_eq!(areas.0.len(), 4);
    assert_eq!(
        areas.get("411771").unwrap().parent.as_deref(),
        Some("411702")
    );
    assert_eq!(areas.get("411702").unwrap().grid, Some((3, 2)));
    let kinds = ["county".to_owned(), "zone".to_owned()];
    assert_eq!(
        areas
            .of_kinds(&kinds)
            .map(|area| area.code.as_str())
            .collect::<Vec<_>>(),
        ["411702", "411721", "411771"]
    );

    let source = r#"
[[area]]
code = "a 1"
name.zh = "一"
kind = "countty"
[[area]]
code = "b"
name.zh = "二"
name.en = "Two"
kind = "county"
parent = "c"
grid = [1]
[[area]]
code = "b"
name.zh = "三"
name.en = "Three"
kind = "zone"
parent = "b"
colour = "red"
"#;
    let mistakes = load_areas(source, "areas.toml").unwrap_err();
    let said: Vec<_> = mistakes.iter().map(ToString::to_string).collect();
    let expected = [
        "areas.toml:3: `a 1` is no code of an area",
        "areas.toml:4: missing translation: `name` of area `a 1` has no `en`",
        "areas.toml:5: unknown kind `countty` of area `a 1`; did you mean `county`?",
        "areas.toml:6: the parent `c` of area `b` is no area; did you mean `b`?",
        "areas.toml:12: `grid` must be a column and a row",
        "areas.toml:13: the code `b` is used by two areas",
        "areas.toml:13: area `b` is its own parent",
        "areas.toml:19: unknown key `colour` of area `b`",
    ];
    assert_eq!(said.len(), expected.len(), "{said:#?}");
    for (said, expected) in said.iter().zip(expected) {
        assert!(
            said.starts_with(expected),
            "{said}\ndoes not start with\n{expected}"
        );
    }
    assert!(load_areas("", "areas.toml").is_err());
}
