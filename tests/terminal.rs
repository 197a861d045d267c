//! The first screen is in the language of the system.

use std::process::{Command, Stdio};

use crate::support::{Scratch, city, minyi};

/// What `command` prints until `last` occurs in a line.
fn first_screen(mut command: Command, last: &str) -> String {
    use std::io::{BufRead, BufReader};
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut screen = String::new();
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        let line = line.unwrap();
        screen.push_str(&line);
        screen.push('\n');
        if line.contains(last) {
            break;
        }
    }
    let _ = child.kill();
    let _ = child.wait();
    screen
}

/// `minyi` where only `locale` is set.
fn minyi_in(locale: &[(&str, &str)], arguments: &[&str]) -> Command {
    let mut command = minyi(arguments);
    for name in ["LC_ALL", "LC_MESSAGES", "LANG"] {
        command.env_remove(name);
    }
    command.envs(locale.iter().copied());
    command
}

fn has_chinese(text: &str) -> bool {
    text.chars()
        .any(|letter| ('\u{4e00}'..='\u{9fff}').contains(&letter))
}

#[test]
fn demo_and_serve_print_chinese_on_a_chinese_system_and_english_elsewhere() {
    let scratch = Scratch::new("terminal");
    let data = scratch.path("demo-data");
    let data = data.to_str().unwrap();
    city::make(data.as_ref(), 600);
    let demo = [
        "demo",
        "--no-releases",
        "--responses",
        "600",
        "--data",
        data,
        "--listen",
        "127.0.0.1:0",
    ];
    let chinese = first_screen(minyi_in(&[("LANG", "zh_CN.UTF-8")], &demo), "Ctrl+C");
    let english = first_screen(minyi_in(&[], &demo), "Ctrl+C");
    let labelled = |screen: &str| -> Vec<String> {
        let lines = screen.lines().filter(|line| line.starts_with("  "));
        let lines = lines.filter(|line| line.chars().any(char::is_alphabetic));
        let lines = lines.filter(|line| !line.starts_with("  office   http://"));
        lines.map(str::to_owned).collect()
    };
    // Every line with words is there in both languages: in Chinese with Chinese words. The links of the
    // office are the same in both: programs read them.
    assert_eq!(labelled(&chinese).len(), labelled(&english).len());
    assert!(labelled(&chinese).len() > 6, "{chinese}");
    for line in labelled(&chinese) {
        assert!(has_chinese(&line), "{line}");
    }
    let without_the_name = english.replace("民意", "");
    assert!(!has_chinese(&without_the_name), "{english}");

    let serve = ["serve", "--data", data, "--listen", "127.0.0.1:0"];
    for (locale, is_chinese) in [(&[("LANG", "zh_CN.UTF-8")][..], true), (&[], false)] {
        let screen = first_screen(minyi_in(locale, &serve), "satisfaction-2026");
        assert_eq!(has_chinese(&screen), is_chinese, "{locale:?}: {screen}");
        assert!(screen.contains("http://127.0.0.1:"), "{screen}");
    }
}
