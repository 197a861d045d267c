//! The commands as a bureau uses them.

use crate::support::site::{complete, stored};
use crate::support::{Scratch, root, run};

/// A CSV of `count` filled-in questionnaires.
fn paper(count: usize) -> Vec<Vec<String>> {
    let mut fields = complete();
    fields.push(("psu", "411702-U-06"));
    let mut table = vec![
        fields
            .iter()
            .map(|(name, _)| (*name).to_owned())
            .collect::<Vec<_>>(),
    ];
    table.extend((0..count).map(|_| {
        fields
            .iter()
            .map(|(_, value)| (*value).to_owned())
            .collect()
    }));
    table
}

fn csv_text(table: &[Vec<String>]) -> String {
    table.iter().map(|row| row.join(",") + "\n").collect()
}

#[test]
fn three_bad_rows_among_500_store_nothing_and_are_named_corrected_500_are_stored() {
    let scratch = Scratch::new("import");
    let mut table = paper(500);
    let column = |name: &str| table[0].iter().position(|known| known == name).unwrap();
    let (a1, area, sex) = (column("a1"), column("area"), column("sex"));
    table[41][a1] = "6".into();
    table[200][area] = "999999".into();
    table[480][sex] = String::new();
    let file = scratch.write("paper.csv", &csv_text(&table));
    let data = scratch.path("data");
    let import = |extra: &[&str]| {
        let mut arguments = vec![
            "import",
            "satisfaction-2026",
            file.to_str().unwrap(),
            "--mode",
            "paper",
            "--create",
        ];
        arguments.extend([
            "--data",
            data.to_str().unwrap(),
            "--surveys",
            "surveys",
            "--language",
            "en",
        ]);
        arguments.extend(extra);
        run(&arguments)
    };
    let (code, faults, _) = import(&[]);
    assert_eq!(code, 1);
    let lines: Vec<&str> = faults.lines().collect();
    assert_eq!(lines.len(), 3, "{faults}");
    for (line, place) in lines.iter().zip([
        "row 42, column a1",
        "row 201, column area",
        "row 481, column sex",
    ]) {
        assert!(line.contains(place), "{line}");
    }
    table[41][a1] = "5".into();
    table[200][area] = "411722".into();
    table[480][sex] = "m".into();
    std::fs::write(&file, csv_text(&table)).unwrap();
    assert_eq!(import(&["--dry-run"]).0, 0);
    let (code, out, errors) = import(&[]);
    assert_eq!(code, 0, "{errors}");
    assert!(out.contains("500 rows stored"), "{out}");
    let (code, out, _) = import(&[]);
    assert_eq!(
        (code, out.contains("0 rows stored, 500 were stored already")),
        (0, true),
        "{out}"
    );
    let scratch = Scratch(data);
    assert_eq!(stored(&scratch, "satisfaction-2026").len(), 500);
}

#[test]
fn check_finds_no_mistakes_in_the_surveys_of_this_repository() {
    let (code, out, errors) = run(&["check"]);
    assert_eq!(code, 0, "{out}{errors}");
    let surveys = out.lines().filter(|line| !line.starts_with(' '));
    assert_eq!(surveys.count(), 6, "{out}");
    assert!(!out.contains("warning"), "{out}");
}

#[test]
fn every_kind_of_mistake_has_exit_code_1_file_line_and_cure_and_no_server_starts_on_it() {
    let folder = root().join("tests/surveys");
    let mut mistakes = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if !path
            .file_name()
            .unwrap()
            .to_str()
            .unwrap()
            .starts_with("mistake_")
            || !path.join("questionnaire.toml").exists()
        {
            continue;
        }
        mistakes += 1;
        let (code, out, _) = run(&["check", path.to_str().unwrap()]);
        assert_eq!(code, 1, "{}", path.display());
        let first = out.lines().next().unwrap_or_default();
        let place = first
            .split("questionnaire.toml:")
            .nth(1)
            .unwrap_or_else(|| panic!("no place: {out}"));
        assert!(
            place.split(':').next().unwrap().parse::<u32>().is_ok(),
            "{first}"
        );
        assert!(first.contains(';'), "a cure after the mistake: {first}");
    }
    assert!(mistakes >= 7, "{mistakes}");
    let scratch = Scratch::new("mistake");
    let source =
        std::fs::read_to_string(root().join("surveys/satisfaction-2026/questionnaire.toml"))
            .unwrap();
    let broken = source.replacen("choices = \"satisfaction\"", "choices = \"satisfied\"", 1);
    scratch.write("surveys/satisfaction-2026/questionnaire.toml", &broken);
    std::fs::copy(
        root().join("surveys/areas.toml"),
        scratch.path("surveys/areas.toml"),
    )
    .unwrap();
    let (surveys, data) = (scratch.path("surveys"), scratch.path("data"));
    let (code, _, errors) = run(&[
        "serve",
        "--surveys",
        surveys.to_str().unwrap(),
        "--data",
        data.to_str().unwrap(),
        "--listen",
        "127.0.0.1:0",
    ]);
    assert_eq!(code, 1, "{errors}");
    assert!(errors.contains("questionnaire.toml:"), "{errors}");
}

#[test]
fn a_frame_that_contradicts_itself_or_the_areas_is_refused_with_its_line() {
    let scratch = Scratch::new("frame");
    let folder = scratch.path("surveys/satisfaction-2026");
    std::fs::create_dir_all(&folder).unwrap();
    let source = root().join("surveys");
    std::fs::copy(
        source.join("areas.toml"),
        scratch.path("surveys/areas.toml"),
    )
    .unwrap();
    for file in ["questionnaire.toml", "plan.toml", "population.csv"] {
        std::fs::copy(
            source.join("satisfaction-2026").join(file),
            folder.join(file),
        )
        .unwrap();
    }
    let rows = "psu,area,urban,population,selected\n\
                411702-U-01,411702,urban,10502,0\n411702-U-01,411702,urban,10502,1\n\
                X,999999,urban,1,0\nY,411702,town,1,0\nZ,411702,rural,0,2\n";
    std::fs::write(folder.join("frame.csv"), rows).unwrap();
    let (code, out, _) = run(&["check", folder.to_str().unwrap()]);
    assert_eq!(code, 1, "{out}");
    for (line, what) in [
        (3, "occurs twice"),
        (4, "`999999`"),
        (5, "`town`"),
        (6, "selected"),
    ] {
        assert!(
            out.lines().any(|line_of_output| line_of_output
                .contains(&format!("frame.csv:{line}:"))
                && line_of_output.contains(what)),
            "{line}, {what}: {out}"
        );
    }
}

#[test]
fn every_command_has_a_help_text_and_misuse_is_exit_code_2() {
    for command in ["demo", "serve", "check", "import", "export", "estimate"] {
        let (code, out, _) = run(&[command, "--help"]);
        assert_eq!(code, 0, "{command}");
        assert!(
            out.contains("minyi ") && out.len() > 400,
            "{command}: {out}"
        );
    }
    assert_eq!(run(&["import"]).0, 2);
    assert_eq!(run(&["nonsense"]).0, 2);
    assert_eq!(
        run(&[
            "export",
            "satisfaction-2026",
            "--data",
            "/nonexistent",
            "-o",
            "/tmp/never.csv"
        ])
        .0,
        1
    );
}

#[test]
fn settings_come_from_flag_environment_and_file_in_that_order() {
    let scratch = Scratch::new("settings");
    let config = scratch.write("minyi.toml", "surveys = \"/nonexistent/from-file\"\n");
    let check = |environment: &[(&str, &str)], flags: &[&str]| {
        let mut command = crate::support::minyi(&["export", "x", "-o", "x.csv"]);
        command
            .args(flags)
            .env("MINYI_CONFIG", &config)
            .envs(environment.iter().copied());
        String::from_utf8(command.output().unwrap().stderr).unwrap()
    };
    assert!(check(&[], &[]).contains("from-file"));
    assert!(
        check(&[("MINYI_SURVEYS", "/nonexistent/from-environment")], &[])
            .contains("from-environment")
    );
    let both = check(
        &[("MINYI_SURVEYS", "/nonexistent/from-environment")],
        &["--surveys", "/nonexistent/from-flag"],
    );
    assert!(both.contains("from-flag"), "{both}");
    std::fs::write(&config, "no_such_key = 1\n").unwrap();
    assert!(check(&[], &[]).contains("unknown key `no_such_key`"));
}
