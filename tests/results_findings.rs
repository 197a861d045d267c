//! What the results pages say: the finding in every state, comparisons, how to cite and download.

use minyi::locale::Language;
use minyi::release::figures::{ChangeConclusion, Figures, IndicatorFigures, Verdict};

use crate::support::figures::{about, change, hidden, judged, participation, satisfaction};
use crate::support::waves::{URL, city, goods, page, parts, shops};

#[test]
fn the_sentence_is_right_in_every_state() {
    let sentence = |language, indicator: IndicatorFigures| {
        let figures = Figures {
            indicators: vec![indicator],
            ..city()
        };
        let page = page(language, &figures);
        parts(&page, "<p class=\"sentence\">", "</p>")[0].to_owned()
    };
    let zh = |indicator| sentence(Language::ZH, indicator);
    assert_eq!(
        zh(satisfaction()),
        "公众对生态文明建设的满意度为 91.4%，达到 90% 的目标（单侧 95% 置信下限 90.8% ≥ 90%），比 2025 年上升 1.84 个百分点，差异显著。"
    );
    assert_eq!(
        sentence(Language::EN, satisfaction()),
        "Public satisfaction with ecological work: 91.4%; the target of 90% is met (one-sided 95% lower bound 90.8% ≥ 90%); up 1.84 percentage points on 2025, a significant rise."
    );
    assert_eq!(
        zh(participation()),
        "公众对生态文明建设的参与度为 89.9%，尚不能判断是否达到 90% 的目标（判断区间 89.2%–90.6% 包含 90%），与 2025 年相比没有显著变化。"
    );
    let missed = IndicatorFigures {
        whole: judged(0.874, 0.004, 7214, 0.9),
        change: Some(change(-0.02, 0.005, ChangeConclusion::Fell)),
        ..satisfaction()
    };
    assert_eq!(
        zh(missed),
        "公众对生态文明建设的满意度为 87.4%，未达到 90% 的目标（单侧 95% 置信上限 88.1% &lt; 90%），比 2025 年下降 2.00 个百分点，差异显著。"
    );
    let near = IndicatorFigures {
        whole: judged(0.899_96, 0.000_01, 7214, 0.9),
        change: None,
        ..satisfaction()
    };
    assert_eq!(
        zh(near),
        "公众对生态文明建设的满意度为 89.996%，未达到 90% 的目标（单侧 95% 置信上限 89.998% &lt; 90%）。"
    );
    let hidden = IndicatorFigures {
        whole: hidden(),
        ..satisfaction()
    };
    assert_eq!(
        zh(hidden),
        "公众对生态文明建设的满意度：样本不足，数值不予公布，也不作判断。"
    );
    let unplanned = IndicatorFigures {
        target: None,
        whole: about(0.914, 0.004, 7214),
        change: None,
        ..satisfaction()
    };
    assert_eq!(zh(unplanned), "公众对生态文明建设的满意度为 91.4%。");
    assert_eq!(
        zh(goods().indicators[0].clone()),
        "一次性消费品人均使用量为 1,182.4 件/人·年，低于上一年，达到“逐步下降”的目标，比 2025 年下降 131.60 件/人·年，差异显著。"
    );
}

#[test]
fn too_small_a_sample_is_named_as_the_reason_for_no_verdict() {
    let mut figures = city();
    figures.n = 6000;
    figures.indicators[0].whole.verdict = Some(Verdict::Suppressed);
    let page = page(Language::ZH, &figures);
    assert!(page.contains("有效问卷 6,000 份，少于要求的 7,009 份，不判断是否达到 90% 的目标"));
}

#[test]
fn counties_say_who_differs_and_which_neighbours_do_not() {
    let page = page(Language::ZH, &city());
    assert!(page.contains("遂平县（95.2%）高于泌阳县（84.6%），差异显著。"));
    assert!(
        page.contains("名次相邻的县（区）之间都没有显著差异")
            || page.contains("名次相邻而差异显著的只有")
    );
    assert!(page.contains("10 个县（区）中，达标"));
    // A county just below the target is not printed as the target.
    assert!(page.contains("89.996%"));
    // Few answers: in brackets, with a note.
    assert!(page.contains("(91.5%)") && page.contains("样本较少，仅供参考"));
}

#[test]
fn ratios_are_percentages_in_every_table() {
    let page = page(Language::ZH, &shops());
    assert!(page.contains("99.10%") && !page.contains("<td>0.99</td>"));
    assert!(page.contains("解放路建材城") && page.contains("共 2 条"));
}

#[test]
fn a_citation_names_the_whole_url_of_the_results() {
    for language in Language::all().iter().copied() {
        let page = page(language, &city());
        let cited = format!("{URL}/results/satisfaction-2026");
        assert!(page.contains(&cited), "{}", language.code());
    }
}

#[test]
fn beside_the_downloads_stands_what_to_do_in_wechat() {
    let page = page(Language::ZH, &city());
    let downloads = page.find("download>").expect("a download");
    let hint = page.find("在浏览器打开").expect("the way out of WeChat");
    assert!(
        downloads < hint && hint - downloads < 800,
        "{downloads} {hint}"
    );
}
