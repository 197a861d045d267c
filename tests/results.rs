//! The results pages: every chart has its table, every text its translation, nothing is inline.

use crate::support::waves::{everything, parts};

#[test]
fn every_chart_has_a_title_a_description_and_a_table() {
    for (name, page) in everything() {
        let charts = parts(&page, "<svg class=\"chart", "</svg>");
        assert!(!charts.is_empty() || name.starts_with("thin"), "{name}");
        for chart in charts {
            assert!(chart.contains("role=\"img\""), "{name}: {chart}");
            for tag in ["title", "desc"] {
                let words = parts(chart, &format!("<{tag}>"), "<");
                assert!(
                    words.len() == 1 && !words[0].trim().is_empty(),
                    "{name}: {tag} in {chart}"
                );
            }
        }
        for figure in parts(&page, "<figure class=\"figure\"", "</figure>") {
            for part in [
                "<h3>",
                "<svg",
                "<table",
                "<caption>",
                "scope=\"col\"",
                "scope=\"row\"",
            ] {
                assert!(figure.contains(part), "{name}: no {part} in {figure}");
            }
            assert!(
                !figure.contains("<h3></h3>"),
                "{name}: a figure without a headline"
            );
        }
    }
}

#[test]
fn a_page_has_no_inline_style_or_script_and_no_text_below_14_px() {
    for (name, page) in everything() {
        for inline in ["style=", "<style", "<script", "onclick", "javascript:"] {
            assert!(!page.contains(inline), "{name}: {inline}");
        }
        for size in parts(&page, "font-size=\"", "\"") {
            assert!(size.parse::<f64>().unwrap() >= 14.0, "{name}: {size}");
        }
    }
}

#[test]
fn no_text_of_the_page_is_missing_in_any_language() {
    for (name, page) in everything() {
        for trace in ["results.", "%{", "home.", "NaN", "inf%"] {
            let outside = page.replace("/results", "");
            assert!(!outside.contains(trace), "{name}: {trace}");
        }
    }
    for (_, page) in everything()
        .into_iter()
        .filter(|(name, _)| name.ends_with("-en"))
    {
        let own = page.replace("第七次全国人口普查公报（第二号）", "");
        let own = parts(&own, "<main", "</main>").concat();
        let chinese: Vec<char> = own
            .chars()
            .filter(|letter| ('一'..='鿿').contains(letter))
            .collect();
        let evidence = "解放路建材城甲乐山五金店乙";
        assert!(
            chinese.iter().all(|letter| evidence.contains(*letter)),
            "{chinese:?}"
        );
    }
}

#[test]
fn no_heading_of_a_results_page_skips_a_level() {
    for (name, page) in everything() {
        crate::pages::headings_skip_no_level(&page, &name);
    }
}

/// Writes the pages with their stylesheet to the folder `MINYI_PAGES`, to be looked at:
/// `MINYI_PAGES=folder cargo test --test main results::pages_to_look_at -- --ignored`.
#[test]
#[ignore = "writes files for the eye"]
fn pages_to_look_at() {
    let folder = std::path::PathBuf::from(std::env::var("MINYI_PAGES").unwrap());
    std::fs::create_dir_all(&folder).unwrap();
    let style = minyi::pages::assets::stylesheet_path();
    let asset = minyi::pages::assets::all()[0];
    std::fs::write(folder.join("style.css"), &asset.body).unwrap();
    let pages = everything();
    for (name, page) in pages {
        std::fs::write(
            folder.join(format!("{name}.html")),
            page.replace(&style, "style.css"),
        )
        .unwrap();
    }
}
