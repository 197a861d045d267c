//! What a data file may look like, and how its faults are reported.

use minyi::estimation::csv::{self, Role, Wanted};
use minyi::estimation::{Code, Error};
use serde_json::Value;

fn wanted() -> [Wanted; 3] {
    [
        Wanted::new("id", Role::Category),
        Wanted::new("code", Role::Code),
        Wanted::new("w", Role::Number),
    ]
}

/// The rows of a file as text, and the line of each.
fn read(text: &[u8]) -> Result<Vec<(String, usize)>, Error> {
    let columns = csv::read(text, &wanted(), &|_| {})?;
    let labels = |name: &str| -> Result<Vec<String>, Error> {
        let category = columns.get(name)?.to_category();
        let label = |code: u32| category.levels.get(code as usize).cloned();
        let codes = category.decode().into_iter();
        Ok(codes.map(|code| label(code).unwrap_or_default()).collect())
    };
    let weights = columns.get("w")?.to_numbers("w")?.decode();
    let rows = labels("id")?.into_iter().zip(labels("code")?).zip(weights);
    Ok(rows
        .enumerate()
        .map(|(row, ((id, code), w))| (format!("{id}|{code}|{w}"), columns.line(row)))
        .collect())
}

fn refused(text: &str) -> (Code, Value) {
    let error = read(text.as_bytes()).unwrap_err();
    (error.kind(), error.detail()["faults"][0].clone())
}

#[test]
fn line_ends_quotes_blank_lines_and_a_byte_order_mark_change_nothing() {
    let plain = "id,other,code,w\na,x,1,0.5\nb,,2,\n\"c, d\",\"e\"\"f\",,-3\n";
    let rows = vec![
        "a|1|0.5".to_owned(),
        "b|2|NaN".to_owned(),
        "c, d||-3".to_owned(),
    ];
    let check = |text: &str, lines: [usize; 3]| {
        let (found, places): (Vec<_>, Vec<_>) = read(text.as_bytes()).unwrap().into_iter().unzip();
        assert_eq!(found, rows, "{text:?}");
        assert_eq!(places, lines, "{text:?}");
    };
    check(plain, [2, 3, 4]);
    check(&plain.replace('\n', "\r\n"), [2, 3, 4]);
    check(&plain.replace('\n', "\r"), [2, 3, 4]);
    check(&plain.replace('\n', "\n\n"), [3, 5, 7]);
    check(&plain.replace('\n', "\r\n\r\n"), [3, 5, 7]);
    check(&format!("\n\n{plain}"), [4, 5, 6]);
    check(&format!("\u{feff}{}", plain.trim_end()), [2, 3, 4]);
    check(&plain.replace("x,1", "\"x\n\ny\",1"), [2, 5, 6]);
    check(&plain.replace("x,1", "\"x\r\ny\",1"), [2, 4, 5]);
}

#[test]
fn a_quote_inside_a_cell_is_a_character() {
    let rows = read(b"id,code,w\n5\" pipe,1,2\nb,3,4\n").unwrap();
    assert_eq!(rows[0].0, "5\" pipe|1|2");
    assert_eq!(rows.len(), 2);
}

#[test]
fn a_fault_names_the_line_of_the_file_and_the_column() {
    let text = "id,code,w\na,1,1\n\n\nb,2,x\n";
    let (code, fault) = refused(text);
    assert_eq!(code, Code::NotANumber);
    assert_eq!(
        (fault["row"].as_u64(), fault["column"].as_str()),
        (Some(5), Some("w"))
    );
    let (_, fault) = refused(&text.replace("a,1,1", "\"a\n\nb\",1,1"));
    assert_eq!(fault["row"], 7);
    let message = read(b"id,code,w\na,1,\"1,000\"\n")
        .unwrap_err()
        .message()
        .to_owned();
    assert_eq!(message, "row 2, column w: \"1,000\" is not a number");
}

#[test]
fn a_quote_that_is_not_closed_is_refused_where_it_opens() {
    for text in [
        "id,code,w\na,1,1\nb,2,\"3\nc,1,1\nd,1,1\n",
        "id,code,w\na,1,1\nb,2,\"3",
    ] {
        let (code, fault) = refused(text);
        assert_eq!(code, Code::CsvInvalid);
        assert_eq!(
            (fault["row"].as_u64(), fault["column"].as_str()),
            (Some(3), Some("w")),
            "{text}"
        );
    }
    let (code, fault) = refused("id,code,w\n\"a,1,1\nb,2,3\n");
    assert_eq!((code, fault["row"].as_u64()), (Code::CsvInvalid, Some(2)));
}

#[test]
fn a_record_with_too_few_or_too_many_fields_is_refused_for_that_alone() {
    for (record, fields) in [
        ("b,2", 2),
        ("b,x,3,4", 4),
        ("x", 1),
        ("1,2,3,4,5,6,7,8,9,0", 10),
    ] {
        let (code, fault) = refused(&format!("id,code,w\na,1,1\n{record}\nc,1,1\n"));
        assert_eq!(
            (code, fault["row"].as_u64()),
            (Code::CsvInvalid, Some(3)),
            "{record}"
        );
        assert_eq!(fault["fault"], format!("{fields} fields, the header has 3"));
    }
}

#[test]
fn bytes_that_are_not_utf_8_are_refused() {
    let error = read(b"id,code,w\na,1,1\n\xc4\xe3,2,3\n").unwrap_err();
    assert_eq!(error.kind(), Code::CsvInvalid);
    assert_eq!(error.detail()["faults"][0]["row"], 3);
    assert_eq!(
        read(b"id,c\xc4\xe3,w\n").unwrap_err().kind(),
        Code::CsvInvalid
    );
    assert_eq!(
        read(b"\xff\xfei\0d\0\n\0").unwrap_err().kind(),
        Code::CsvInvalid
    );
}

#[test]
fn a_header_is_there_and_names_every_column_once() {
    for text in ["", "\n\n", ",,\n1,2,3\n", "id,w,id,code\n"] {
        assert_eq!(
            read(text.as_bytes()).unwrap_err().kind(),
            Code::CsvInvalid,
            "{text:?}"
        );
    }
    assert_eq!(
        read(b"id;code;w\n").unwrap_err().kind(),
        Code::UnknownColumn
    );
    assert_eq!(read(b" id ,code, w\n").unwrap(), []);
    assert_eq!(csv::header(&b"a,\"b,c\"\n"[..]).unwrap(), ["a", "b,c"]);
}

/// Longer than the pieces that are read in parallel, with line breaks in quotes at random places.
#[test]
fn a_long_file_reads_as_its_records_whatever_stands_at_the_cuts() {
    let mut text = String::from("note,id,code,w\n");
    let (mut rows, mut line) = (Vec::new(), 2);
    for row in 0..70_000_usize {
        let breaks = if row % 4001 == 17 { row % 3 + 1 } else { 0 };
        let note = format!("\"{}{}\"", "a, b ".repeat(row % 29), "\n".repeat(breaks));
        let (code, weight) = (row % 7, row % 1000);
        text.push_str(&format!("{note},id{},{code},{weight}.25\n", row % 300));
        rows.push((format!("id{}|{code}|{weight}.25", row % 300), line));
        line += breaks + 1;
    }
    assert!(text.len() > 5 << 20);
    assert!(read(text.as_bytes()).unwrap() == rows);
    let broken = text.replacen("id299,2,", "id299,two,", 1);
    let error = read(broken.as_bytes()).unwrap_err();
    let row = rows
        .iter()
        .find(|(row, _)| row.starts_with("id299|2|"))
        .unwrap()
        .1;
    assert_eq!(error.detail()["faults"][0]["row"], row);
    assert_eq!(error.detail()["count"], 1);
}

/// The cuts fall inside a quoted cell whose lines look like records.
#[test]
fn a_quoted_cell_longer_than_a_piece_of_the_file_is_one_cell() {
    let note = "n,a,1,2\n".repeat(600_000);
    let text = format!("note,id,code,w\nx,a,1,1\n\"{note}\",b,2,2\ny,c,3,3\n");
    let rows = [("a|1|1", 2), ("b|2|2", 3), ("c|3|3", 600_004)];
    let rows = rows.map(|(row, line)| (row.to_owned(), line));
    assert!(text.len() > 4 << 20);
    assert_eq!(read(text.as_bytes()).unwrap(), rows);
}

#[test]
fn numbers_and_codes_of_any_size_come_back_as_they_are() {
    let values = [
        "0",
        "-0.5",
        "127",
        "128",
        "-129",
        "2147483648",
        "1e-7",
        "12345678901234567890.5",
    ];
    for first in values {
        for then in values {
            let text: String = (0..600)
                .map(|row| {
                    format!(
                        "{row},{},{}\n",
                        row % 3,
                        if row < 300 { first } else { then }
                    )
                })
                .collect();
            let columns = csv::read(format!("id,code,w\n{text}").as_bytes(), &wanted(), &|_| {});
            let columns = columns.unwrap();
            let numbers = columns.get("w").unwrap().to_numbers("w").unwrap().decode();
            assert_eq!(numbers[0], first.parse::<f64>().unwrap());
            assert_eq!(numbers[599], then.parse::<f64>().unwrap());
            let id = columns.get("id").unwrap().to_category();
            assert_eq!(id.levels[id.decode()[577] as usize], "577");
        }
    }
    let many: String = (0..70_000)
        .map(|row| format!("label {row},1,1\n"))
        .collect();
    let columns = csv::read(format!("id,code,w\n{many}").as_bytes(), &wanted(), &|_| {}).unwrap();
    let id = columns.get("id").unwrap().to_category();
    assert_eq!(id.levels.len(), 70_000);
    assert_eq!(id.levels[id.decode()[69_999] as usize], "label 69999");
}
