//! Weights that cannot be squared are refused; the unit of the others does not matter.

use minyi::estimation::Code;
use serde_json::json;

use super::estimate::{estimate, of, refused, same};

const SPEC: &str = "[design]\nweight = \"w\"\npsu = \"psu\"\n\
    [[estimate]]\nname = \"share\"\nkind = \"proportion\"\nvariable = \"y\"\ncounts = [1]\n\
    [[estimate]]\nname = \"total\"\nkind = \"total\"\nvariable = \"y\"\n";

/// 60 rows whose weights, 1 to 7, end with `ending`.
fn file(ending: &str) -> String {
    let mut text = String::from("w,psu,y\n");
    for row in 0..60 {
        let y = u8::from(row % 8 != 3);
        text.push_str(&format!("{}{ending},p{},{y}\n", row % 7 + 1, row % 12));
    }
    text
}

#[test]
fn weights_whose_squares_are_no_numbers_are_refused_with_their_rows() {
    for ending in ["e-300", "e307", "e-170", "e160", "e-320"] {
        let error = refused(&file(ending), SPEC);
        assert_eq!(error.kind(), Code::InvalidWeight, "{ending}: {error}");
        assert_eq!(error.detail()["first_rows"][0], 2);
    }
    let one = file("").replacen("3,p2,", "3e-200,p2,", 1);
    assert_eq!(refused(&one, SPEC).detail()["first_rows"], json!([4]));
}

/// Σw over the rows that count and over all, as whole numbers: 207 of 237.
#[test]
fn the_unit_of_the_weights_does_not_matter() {
    let (mut counted, mut all) = (0_u32, 0_u32);
    for row in 0..60 {
        all += row % 7 + 1;
        counted += if row % 8 == 3 { 0 } else { row % 7 + 1 };
    }
    let plain = estimate(&file(""), SPEC).unwrap();
    let right = of(&plain, "share", None);
    assert!(same(right.estimate, f64::from(counted) / f64::from(all)));
    for (ending, unit) in [
        ("e-99", 1e-99),
        ("e-20", 1e-20),
        ("e30", 1e30),
        ("e98", 1e98),
    ] {
        let scaled = estimate(&file(ending), SPEC).unwrap();
        let share = of(&scaled, "share", None);
        assert!(same(share.estimate, right.estimate), "{ending}");
        assert!(
            (share.std_error / right.std_error - 1.0).abs() < 1e-13,
            "{ending}"
        );
        let total = of(&scaled, "total", None);
        assert!(
            same(total.estimate, f64::from(counted) * unit),
            "{ending}: {total:?}"
        );
    }
}
