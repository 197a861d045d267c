"""Reads every file of `minyi export` and compares it with the CSV: rows, codes, texts, times, labels,
missing codes, weights and one weighted table. Called by tests/formats.rs: FOLDER ITEM ESTIMATE."""

import csv
import datetime
import json
import math
import sys

import openpyxl
import pandas
import pyarrow.parquet
import pyreadstat

folder, item, office = sys.argv[1], sys.argv[2], float(sys.argv[3])
RISKY = tuple("=+-@\t\r\0＝＋－＠")


def plain(cell):
    """The text that an apostrophe protects from being a formula."""
    if cell.startswith("'") and cell.lstrip("'").startswith(RISKY):
        return cell[1:]
    return cell


def rows(name, encoding):
    with open(f"{folder}/{name}", encoding=encoding, newline="") as file:
        return [{k: plain(v) for k, v in row.items()} for row in csv.DictReader(file)]


used, excluded = rows("all.csv", "utf-8-sig"), rows("all-excluded.csv", "utf-8-sig")
truth = {row["response_id"]: {"excluded": "", "weight": "", "psu": "", **row} for row in used + excluded}
assert excluded and len(truth) == len(used) + len(excluded)
for name, encoding in [("gb.csv", "gb18030"), ("gb-excluded.csv", "gb18030")]:
    for row in rows(name, encoding):
        assert all(truth[row["response_id"]][key] == value for key, value in row.items()), row

book = {}
for row in rows("all-codebook.csv", "utf-8-sig"):
    if row["code"] and not row["version"]:
        book.setdefault(row["variable"], {})[row["code"]] = row


def same(value, written):
    """Whether a value of a file is the cell of the CSV."""
    if value is None or value != value or value is pandas.NaT:
        return written == ""
    if isinstance(value, str):
        return value == written
    return written != "" and float(value) == float(written)


def check(name, records):
    """All rows, and the weighted share of those who are satisfied."""
    records = list(records)
    assert len(records) == len(truth), (name, len(records))
    above, below = [], []
    for record in records:
        own = truth[record["response_id"]]
        for key in ["area", "urban", "sex", "opinion", "duration", "psu", "weight", "excluded", item]:
            assert same(record[key], own[key]), (name, key, record[key], own[key])
        when = datetime.datetime.fromisoformat(own["received_at"].replace("Z", "+00:00"))
        when = when.replace(tzinfo=None) + datetime.timedelta(hours=8)
        given = pandas.Timestamp(record["received_at"]).tz_localize(None)
        # A double of milliseconds or days holds no single microsecond.
        assert abs(given - pandas.Timestamp(when)) < pandas.Timedelta("1ms"), (name, given, when)
        if same(record["excluded"], "") and str(record[item])[0] in "12345":
            below.append(record["weight"])
            if str(record[item])[0] in "45":
                above.append(record["weight"])
    share = math.fsum(above) / math.fsum(below)
    assert f"{share:.11e}" == f"{office:.11e}", (name, share, office)
    print(f"{name}: {len(records)} rows, {item} {share:.12f}")


def none(frame):
    return frame.astype(object).where(frame.notna(), None).to_dict("records")


# SPSS
frame, meta = pyreadstat.read_sav(f"{folder}/all.sav", user_missing=True)
check("sav", ({k: None if v == "" else v for k, v in row.items()} for row in none(frame)))
assert meta.variable_value_labels[item] == {float(c): r["code_label_zh"] for c, r in book[item].items()}
assert meta.variable_value_labels["sex"] == {c: r["code_label_zh"] for c, r in book["sex"].items()}
assert meta.missing_ranges[item] == [{"lo": 9.0, "hi": 9.0}], meta.missing_ranges[item]
assert meta.variable_measure[item] == "ordinal" and meta.variable_measure["weight"] == "scale"
assert all(len(name.encode()) <= 32 and name.isascii() for name in meta.column_names)

# Stata
reader = pandas.io.stata.StataReader(f"{folder}/all.dta")
frame = reader.read(convert_categoricals=False)
tagged = pandas.read_stata(f"{folder}/all.dta", convert_categoricals=False, convert_missing=True)
labels = reader.value_labels()
# Codes that are words are numbered; their labels lead back to them.
words = {key: {r["code_label_zh"]: c for c, r in book[key].items()} for key in ["urban", "sex", "area"]}
records = []
for row, tags in zip(none(frame), none(tagged)):
    row = {key: None if value == "" else value for key, value in row.items()}
    for key, codes in words.items():
        row[key] = codes[labels[key][row[key]]]
    if row[item] is None:
        row[item] = {".a": 9.0}.get(str(tags[item]))
    if row["excluded"] is not None:
        row["excluded"] = "too_fast" if labels["excluded"][row["excluded"]] == "填写用时不足30秒" else "?"
    records.append(row)
check("dta", records)
assert labels[item][2147483622] == "不清楚" and labels[item][5] == "非常满意"
assert str(tagged[item][tagged[item].astype(str) == ".a"].iloc[0]) == ".a"

# Parquet
table = pyarrow.parquet.read_table(f"{folder}/all.parquet")
about = json.loads(pyarrow.parquet.read_metadata(f"{folder}/all.parquet").metadata[b"minyi"])
check("parquet", none(table.to_pandas()))
columns = {column["name"]: column for column in about["columns"]}
assert about["weight"] == "weight" and list(columns) == table.column_names
assert [v["code"] for v in columns[item]["values"] if v["missing"]] == ["9"]

# JSON
check("json", json.load(open(f"{folder}/all.json", encoding="utf-8")))

# Excel
workbook = openpyxl.load_workbook(f"{folder}/all.xlsx")
assert workbook.sheetnames == ["数据", "变量字典", "样本设计", "权数", "剔除清单", "说明"]
lines = workbook["数据"].iter_rows()
head = [cell.value.rsplit("（", 1)[1].rstrip("）") for cell in next(lines)]
records = []
for line in lines:
    assert not any(cell.data_type == "f" for cell in line)
    records.append(dict(zip(head, (cell.value for cell in line))))
check("xlsx", records)
assert workbook["数据"].freeze_panes == "A2" and workbook["数据"].auto_filter.ref
assert workbook["剔除清单"].max_row == len(excluded) + 1
weights = dict(row for row in workbook["权数"].iter_rows(min_row=2, values_only=True))
total = math.fsum(float(row["weight"]) for row in used if row["weight"])
assert abs(weights["数据表中权数之和"] / total - 1) < 1e-12

# Labels in the cells
frame, _ = pyreadstat.read_sav(f"{folder}/labels.sav")
parquet = pyarrow.parquet.read_table(f"{folder}/labels.parquet").to_pandas()
for name, own in [("sav", frame), ("parquet", parquet)]:
    for row in none(own):
        code = truth[row["response_id"]][item]
        assert row[item] == book[item][code]["code_label_zh"], (name, row[item], code)
