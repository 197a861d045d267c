"""Reads the files of a release with the programs of others and writes the JSON-stat back: FOLDER.
Called by tests/release_files.rs."""

import csv
import json
import math
import os
import pathlib
import subprocess
import sys
import warnings

warnings.simplefilter("ignore")
import frictionless
import jsonstat
import openpyxl
from pyjstat import pyjstat

folder = pathlib.Path(sys.argv[1])
MARKERS = ["", "[c]", "[u]", "[low]", "[x]", "[z]"]


def sparse(dataset):
    """Index and number of every cell that has a number."""
    value = dataset["value"]
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    return {int(place): float(own) for place, own in pairs if own is not None and not math.isnan(own)}


def without_bom(name):
    return (folder / name).read_text(encoding="utf-8-sig")


rows = list(csv.DictReader(without_bom("figures.csv").splitlines()))
shown = {}
for row in rows:
    heading = {name.split(" ")[-1]: cell for name, cell in row.items()}
    shown[heading["indicator"], heading["wave"], heading["dimension"], heading["level"]] = heading

for language in ["", ".en"]:
    text = (folder / f"figures{language}.json").read_text(encoding="utf-8")
    own = json.loads(text)
    ids, size = own["id"], own["size"]
    assert own["role"] == {"time": ["wave"], "geo": ["area"], "metric": ["measure"]}
    for name in ids:
        category = own["dimension"][name]["category"]
        labels = [category["label"][code] for code in category["index"]]
        assert len(set(labels)) == len(labels) == len(set(category["index"])), name
    numbers = sparse(own)

    # pyjstat: to a table and back.
    dataset = pyjstat.Dataset.read(text)
    frame = dataset.write("dataframe")
    assert len(frame) == math.prod(size), (len(frame), size)
    again = json.loads(pyjstat.Dataset.read(frame).write())
    assert again["size"] == size, (again["size"], size)
    back = sparse(again)
    assert back == numbers, f"pyjstat: {len(back)} of {len(numbers)}"

    # jsonstat.py: every number under its codes, and the table.
    read = jsonstat.from_string(text)
    n = 0
    codes = [own["dimension"][name]["category"]["index"] for name in ids]
    for place, number in numbers.items():
        rest, found = place, []
        for known in reversed(codes):
            rest, index = divmod(rest, len(known))
            found.insert(0, known[index])
        cell = read.data(dict(zip(ids, found)))
        assert cell.value == number, (found, cell.value, number)
        n += 1
    table = read.to_table(content="id", rtype=list)
    assert len(table) == math.prod(size) + 1
    values = {place: float(row[-1]) for place, row in enumerate(table[1:]) if row[-1] is not None}
    assert values == numbers, "jsonstat.py"

    # The same numbers and markers as in the CSV.
    for (indicator, wave, dimension, level), heading in shown.items():
        is_place = dimension in ("county", "area", "zone")
        area = level if is_place else "all"
        group = "all" if is_place or dimension in ("", "wave") else f"{dimension}:{level}"
        for measure in codes[4]:
            place = 0
            for known, code in zip(codes, [indicator, wave, area, group, measure]):
                place = place * len(known) + known.index(code)
            cell, status = heading[measure], own["status"].get(str(place))
            if cell in MARKERS:
                assert f"[{status}]" == cell and (cell == "[low]" or place not in numbers), (heading, measure)
            else:
                assert numbers[place] == float(cell) and status is None, (heading, measure)
    assert own["updated"].startswith("2026-12-01T09:30:00")
    print(f"jsonstat{language}: {n} numbers, {len(own['status'])} markers")

    # openpyxl opens the workbook and finds a table on every sheet but the cover.
    book = openpyxl.load_workbook(folder / f"figures{language}.xlsx")
    assert all(len(sheet.tables) == 1 for sheet in book.worksheets[1:])
    assert book.worksheets[1]["A1"].style == "Heading 1", book.worksheets[1]["A1"].style
    assert book.worksheets[1]["A2"].style != "Heading 1"

# jsonstat-toolkit, if node has it.
script = """
const JSONstat = require("jsonstat-toolkit");
const own = JSON.parse(require("fs").readFileSync(process.argv[1], "utf8"));
const read = new JSONstat(own);
const places = own.value.map((_, place) => place).filter(place => own.value[place] !== null);
for (const place of places) {
  const found = read.Data(place);
  if (found.value !== own.value[place]) throw new Error(String(place));
}
const table = read.toTable({type: "array", content: "id"});
const full = table.slice(1).filter(row => row[row.length - 1] !== null);
if (full.length !== places.length) throw new Error(full.length + " of " + places.length);
if (read.role.time[0] !== "wave" || read.role.geo[0] !== "area") throw new Error("role");
console.log("jsonstat-toolkit: " + full.length + " numbers");
"""
try:
    ask = subprocess.run(["node", "-e", "require('jsonstat-toolkit')"], capture_output=True)
    has_node = ask.returncode == 0
except FileNotFoundError:
    has_node = False
if has_node:
    for language in ["", ".en"]:
        done = subprocess.run(
            ["node", "-e", script, str(folder / f"figures{language}.json")], capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        print(done.stdout.strip())
else:
    print("SKIPPED: node has no jsonstat-toolkit")

# The data package: valid, and every hash and cell as described.
os.chdir(folder)
report = frictionless.validate("datapackage.json")
assert report.valid, report.flatten(["title", "message"])
package = json.load(open("datapackage.json"))
tables = [own for own in package["resources"] if "schema" in own]
assert tables and all("hash" in own and own["bytes"] > 0 for own in package["resources"])
print(f"frictionless: {len(package['resources'])} resources, {len(tables)} tables")

# And each check can fail: a changed byte is found.
name = "figures.csv"
before = open(name, "rb").read()
open(name, "wb").write(before.replace(b"satisfaction", b"sbtisfaction", 1) + b"x")
assert not frictionless.validate("datapackage.json").valid
open(name, "wb").write(before)
