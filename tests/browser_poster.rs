//! The poster: its QR code leads to its channel, and each size prints on one sheet.

use serde_json::{Value, json};

use crate::support::browser::{Browser, DESK};
use crate::support::site::Site;

const POSTER: &str = "/s/satisfaction-2026/poster";

#[test]
fn the_posters_code_is_read_by_machine_and_leads_to_its_channel() {
    let site = Site::start("poster");
    let browser = Browser::open(DESK);
    for size in ["a4", "a5"] {
        browser.go(&format!(
            "http://{}{POSTER}?c=poster-17&size={size}",
            site.server.address
        ));
        let picture = browser.run_async(
            "var done = arguments[arguments.length - 1], svg = document.querySelector('.qr svg').cloneNode(true), image = new Image();
             svg.setAttribute('width', 300); svg.setAttribute('height', 300);
             image.onload = function () {
               var canvas = document.createElement('canvas'); canvas.width = canvas.height = 300;
               var context = canvas.getContext('2d'); context.drawImage(image, 0, 0, 300, 300);
               var data = context.getImageData(0, 0, 300, 300).data, grey = [];
               for (var i = 0; i < data.length; i += 4) grey.push(data[i]);
               done(grey);
             };
             image.onerror = function () { done('no image') };
             image.src = 'data:image/svg+xml,' + encodeURIComponent(new XMLSerializer().serializeToString(svg));",
        );
        let grey: Vec<u8> = serde_json::from_value(picture).expect("pixels");
        let mut image =
            rqrr::PreparedImage::prepare_from_greyscale(300, 300, |x, y| grey[y * 300 + x]);
        let codes = image.detect_grids();
        let (_, address) = codes.first().expect("a QR code").decode().unwrap();
        assert!(
            address.ends_with("/s/satisfaction-2026?c=poster-17"),
            "{address}"
        );
        let beside = browser.text(".poster");
        assert!(
            beside.contains("poster-17") && beside.contains("/s/satisfaction-2026?c=poster-17"),
            "{beside}"
        );
        assert_eq!(
            browser.run("return document.querySelector('.poster').classList.contains('a5')"),
            Value::Bool(size == "a5")
        );
    }
}

/// The page open in `browser` as PDF, printed on paper of the size that its style asks for.
fn printed(browser: &Browser) -> Vec<u8> {
    let parameters = json!({"preferCSSPageSize": true, "printBackground": true});
    let answer = browser.devtools("Page.printToPDF", parameters);
    let digits = answer["data"].as_str().expect("a PDF").bytes();
    let digits = digits.filter_map(|digit| match digit {
        b'A'..=b'Z' => Some(digit - b'A'),
        b'a'..=b'z' => Some(digit - b'a' + 26),
        b'0'..=b'9' => Some(digit - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    });
    let (mut bits, mut held, mut bytes) = (0_u32, 0, Vec::new());
    for digit in digits {
        bits = bits << 6 | u32::from(digit);
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held) as u8);
            bits &= (1 << held) - 1;
        }
    }
    bytes
}

/// Width and height of each page of a PDF, in millimetres.
fn pages(pdf: &[u8]) -> Vec<(f64, f64)> {
    let text = String::from_utf8_lossy(pdf);
    let boxes = text.split("/MediaBox").skip(1);
    let sizes = boxes.map(|after| {
        let inside = after.split(['[', ']']).nth(1).unwrap();
        let points: Vec<f64> = inside
            .split_whitespace()
            .map(|number| number.parse().unwrap())
            .collect();
        let millimetres = |points: f64| (points * 25.4 / 72.0).round();
        (millimetres(points[2]), millimetres(points[3]))
    });
    sizes.collect()
}

#[test]
fn every_poster_prints_on_one_sheet_of_its_size_with_the_trial_mark_on_it() {
    let site = Site::start("paper");
    let browser = Browser::open(DESK);
    let surveys = ["satisfaction", "disposables", "appliances", "fixtures"];
    for (survey, language) in surveys
        .iter()
        .flat_map(|survey| [(survey, "zh"), (survey, "en")])
    {
        for (size, sheet) in [("a4", (210.0, 297.0)), ("a5", (148.0, 210.0))] {
            for text in ["", "&text=large"] {
                let path = format!(
                    "/s/{survey}-2026/poster?c=poster-17&size={size}&lang={language}{text}"
                );
                browser.go(&format!("http://{}{path}", site.server.address));
                assert!(browser.is_shown(".poster .trial"), "{path}");
                assert_eq!(pages(&printed(&browser)), [sheet], "{path}");
            }
        }
    }
}
