//! The files of a survey folder beside the questionnaire: the census, the frame, the city plan.

use std::collections::BTreeMap;
use std::fs;

use minyi::questionnaire::Kind;
use minyi::survey::Catalogue;
use minyi::survey::population::Population;

use crate::support::{Scratch, root, run};

const HEAD: &str = "dimension,category,population,source,verified,low,high\n";

/// The one mistake of a population file with `row` after its head.
fn mistake(row: &str) -> String {
    let mistakes = Population::parse(&format!("{HEAD}{row}\n")).unwrap_err();
    assert_eq!(mistakes.len(), 1, "{mistakes:?}");
    mistakes[0].to_string()
}

fn catalogue() -> Catalogue {
    Catalogue::load(&root().join("surveys")).unwrap()
}

#[test]
fn a_figure_keeps_the_range_that_it_could_have_and_needs_none() {
    let rows = "age,a18,100,census,0,90.5,110\nage,a30,50,census,1,,\nage,a45,7,census,1,7,7\n";
    let population = Population::parse(&format!("{HEAD}{rows}")).unwrap();
    let age = &population.dimensions["age"];
    assert_eq!(age["a18"].range, Some([90.5, 110.0]));
    assert_eq!(age["a30"].range, None);
    assert_eq!(age["a45"].range, Some([7.0, 7.0]));
    let short = "dimension,category,population,source,verified\nage,a18,100,census,0\n";
    let population = Population::parse(short).unwrap();
    assert_eq!(population.dimensions["age"]["a18"].range, None);
}

#[test]
fn a_range_that_is_half_or_not_around_the_population_is_refused_with_line_and_cure() {
    for (range, what) in [
        (
            "90,",
            "age a18: low is given but high is empty; give both or none",
        ),
        (
            ",110",
            "age a18: high is given but low is empty; give both or none",
        ),
        (
            "101,110",
            "0 <= low <= population <= high, but they are 101, 100, 110",
        ),
        (
            "90,99",
            "but they are 90, 100, 99; correct them, or leave both empty",
        ),
        ("-1,110", "but they are -1, 100, 110"),
        ("90,inf", "but they are 90, 100, inf"),
        ("NaN,110", "but they are NaN, 100, 110"),
        ("few,110", "low,high where needed"),
    ] {
        let mistake = mistake(&format!("age,a18,100,census,0,{range}"));
        assert!(mistake.starts_with("2: "), "{range}: {mistake}");
        assert!(mistake.contains(what), "{range}: {mistake}");
    }
}

#[test]
fn every_margin_of_a_wave_has_the_same_total_and_the_frame_has_it_in_every_stratum() {
    let mut weighted = 0;
    for survey in catalogue().surveys.values() {
        let dimensions = &survey.population.dimensions;
        let totals: Vec<f64> = dimensions
            .values()
            .map(|figures| figures.values().map(|figure| figure.population).sum())
            .collect();
        weighted += usize::from(!totals.is_empty());
        assert!(totals.windows(2).all(|two| two[0] == two[1]), "{totals:?}");
        let mut strata: BTreeMap<String, f64> = BTreeMap::new();
        for unit in &survey.frame {
            *strata
                .entry(format!("{}*{}", unit.area, unit.urban))
                .or_default() += unit.population;
        }
        let margin = dimensions.get("county*urban").into_iter().flatten();
        let margin: BTreeMap<String, f64> = margin
            .map(|(cell, figure)| (cell.clone(), figure.population))
            .collect();
        assert_eq!(strata, margin, "{}", survey.id);
    }
    assert_eq!(weighted, 4);
}

#[test]
fn the_one_assumed_figure_of_the_census_says_so_and_has_a_range() {
    let catalogue = catalogue();
    let population = &catalogue.surveys["satisfaction-2026"].population;
    assert!(population.unverified);
    assert!(
        population
            .sources
            .iter()
            .any(|source| source.contains("18–19岁为推算"))
    );
    let ranges: Vec<(&str, [f64; 2])> = population
        .dimensions
        .values()
        .flatten()
        .filter_map(|(code, figure)| Some((code.as_str(), figure.range?)))
        .collect();
    // 20-29 as counted, and 0.3 and 0.5 of those who are 15-19.
    let (counted, teens) = (623_846.0, 411_891.0);
    let at = |part: f64| (counted + part * teens).round();
    assert_eq!(ranges, [("a18", [at(0.3), at(0.5)])]);
    assert_eq!(population.dimensions["age"]["a18"].population, at(0.4));
}

#[test]
fn every_number_of_an_indicator_is_a_row_of_the_printed_plan() {
    let catalogue = catalogue();
    let listed: Vec<u16> = catalogue
        .plan_indicators
        .iter()
        .map(|row| row.number)
        .collect();
    assert!(listed.windows(2).all(|two| two[0] < two[1]), "{listed:?}");
    assert!(
        listed.iter().all(|number| (1..=38).contains(number)),
        "{listed:?}"
    );
    let mut named = Vec::new();
    for survey in catalogue.surveys.values() {
        let questions = survey.questionnaire.questions();
        named.extend(questions.flat_map(|(_, question)| question.indicators.clone()));
        let indicators = survey.plan.iter().flat_map(|plan| &plan.indicators);
        named.extend(indicators.filter_map(|indicator| indicator.number));
    }
    named.sort_unstable();
    named.dedup();
    assert_eq!(
        named, listed,
        "every row is asked about, and every number is a row"
    );
}

#[test]
fn everybody_is_asked_the_calibrators_in_every_mode_and_no_indicator_uses_them() {
    let catalogue = catalogue();
    for (survey, codes) in [
        ("satisfaction-2026", &["internet", "surveyed", "civic"][..]),
        ("disposables-2026", &["internet", "surveyed"]),
    ] {
        let survey = &catalogue.surveys[survey];
        let plan = survey.plan.as_ref().unwrap();
        for code in codes {
            let question = survey.questionnaire.question(code).unwrap();
            assert!(question.required && question.ask_if.is_none(), "{code}");
            assert!(!question.interviewer_only, "{code}");
            assert!(question.indicators.is_empty(), "{code}");
            let Kind::Single(choices) = &question.kind else {
                panic!("{code} is no choice");
            };
            assert!(choices.iter().all(|choice| !choice.missing), "{code}");
            let uses: Vec<String> = plan
                .questions()
                .into_iter()
                .filter_map(|(used, by)| (used == *code).then_some(by))
                .collect();
            let [used_by] = uses.as_slice() else {
                panic!("{code} is used by {uses:?}");
            };
            let variable = used_by.strip_prefix("variables.").unwrap();
            let calibrators = &plan.weighting.calibrators;
            assert!(calibrators.iter().any(|own| own == variable), "{code}");
        }
    }
}

#[test]
fn a_plan_whose_groups_or_totals_do_not_fit_is_refused_with_every_mistake() {
    let scratch = Scratch::new("groups");
    let folder = scratch.path("surveys/satisfaction-2026");
    fs::create_dir_all(&folder).unwrap();
    let real = root().join("surveys");
    fs::copy(real.join("areas.toml"), scratch.path("surveys/areas.toml")).unwrap();
    for (file, from, to) in [
        ("questionnaire.toml", "", ""),
        ("frame.csv", "", ""),
        (
            "plan.toml",
            "[\"college\", \"bachelor\"] }",
            "[\"college\", \"master\", \"senior\"] }\nlabel.middle = \"x\"",
        ),
        ("population.csv", "age,a60,1387922", "age,a60,1387822"),
    ] {
        let source = fs::read_to_string(real.join("satisfaction-2026").join(file)).unwrap();
        assert!(source.contains(from), "{from}");
        let changed = source.replacen(from, to, 1);
        let changed =
            changed.replacen("sex = {", "occupation = { question = \"age\" }\nsex = {", 1);
        fs::write(folder.join(file), changed).unwrap();
    }
    let (code, out, _) = run(&["check", folder.to_str().unwrap()]);
    assert_eq!(code, 1, "{out}");
    for what in [
        "variables.schooling: `master` is not an answer to the question `education`",
        "variables.schooling: `senior` is in two groups; keep it in one",
        "variables.schooling: `middle` has a label but is not a group",
        "variables.occupation: the question `occupation` has this name",
    ] {
        let line = out.lines().find(|line| line.contains(what));
        assert!(
            line.is_some_and(|line| line.contains("plan.toml:")),
            "{what}: {out}"
        );
    }
    fs::copy(
        real.join("satisfaction-2026/plan.toml"),
        folder.join("plan.toml"),
    )
    .unwrap();
    let (_, out, _) = run(&["check", folder.to_str().unwrap()]);
    assert!(
        out.contains("population.csv:34: the rows of `age` add up to 5001986, those of `county*urban` to 5002086"),
        "{out}"
    );
}

#[test]
fn a_plan_that_would_count_who_should_not_is_refused_with_every_mistake() {
    let scratch = Scratch::new("method-at-fault");
    let folder = "surveys/satisfaction-2026";
    let real = root().join("surveys");
    fs::create_dir_all(scratch.path(folder)).unwrap();
    fs::copy(real.join("areas.toml"), scratch.path("surveys/areas.toml")).unwrap();
    fs::copy(real.join("plan.toml"), scratch.path("surveys/plan.toml")).unwrap();
    for file in ["questionnaire.toml", "population.csv"] {
        let from = real.join("satisfaction-2026").join(file);
        fs::copy(from, scratch.path(folder).join(file)).unwrap();
    }
    let plan = fs::read_to_string(real.join("satisfaction-2026/plan.toml")).unwrap();
    let frame = fs::read_to_string(real.join("satisfaction-2026/frame.csv")).unwrap();
    let check = |plan: &str, frame: &str| {
        scratch.write(&format!("{folder}/plan.toml"), plan);
        scratch.write(&format!("{folder}/frame.csv"), frame);
        let surveys = scratch.path("surveys");
        let (code, out, errors) = run(&["check", surveys.to_str().unwrap()]);
        (code, format!("{out}{errors}"))
    };
    let plan = plan.replace("previous = \"satisfaction-2025\"\n", "");
    let (code, said) = check(&plan, &frame);
    assert_eq!(code, 0, "{said}");
    let broken = plan
        .replace("combine = \"sampled\"", "combine = \"pool\"")
        .replace("target = \">= 0.90\"", "target = \">= 90\"")
        .replace("\"surveyed\", \"civic\"]", "\"surveyed\", \"wishes\"]")
        .replace("code = \"site\"", "code = \"poster\"")
        .replace("code = \"wechat\"", "code = \"\"")
        + "\n[judgement]\nalpha = 0.7\n";
    let (code, said) = check(&broken, &frame);
    assert_eq!(code, 1);
    for needed in [
        "as if they had been drawn",
        "target 90 is not a share",
        "the calibrator `wishes`",
        "alpha must lie",
        "the channel `poster` is announced twice",
        "the code of channel 1 must have",
    ] {
        assert!(said.contains(needed), "{needed}: {said}");
    }
    let nobody_drawn = frame.replace(",1\n", ",0\n");
    let (code, said) = check(&plan, &nobody_drawn);
    assert!(
        code == 1 && said.contains("no row has selected = 1"),
        "{said}"
    );
    let without_psu = plan.replace("psu = \"psu\"\n", "");
    let (code, said) = check(&without_psu, &frame);
    assert!(code == 1 && said.contains("nobody is sampled"), "{said}");
}
