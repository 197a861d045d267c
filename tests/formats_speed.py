"""Rows a second of `minyi export` beside pandas and pyreadstat writing the same rows. By hand:

    python3 tests/formats_speed.py target/release/minyi DATA SURVEY [FORMAT...]

minyi reads the database, checks it, computes the weights and writes. The others have the rows of its CSV
in memory before their clock starts (`write`), or read the CSV first (`read and write`).
"""

import subprocess
import sys
import tempfile
import time

import pandas
import pyreadstat

minyi, data, survey, *formats = sys.argv[1:]
formats = formats or ["csv", "parquet", "sav", "dta", "json", "xlsx"]
folder = tempfile.mkdtemp(dir=data)


def seconds(work):
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def export(form):
    command = [minyi, "export", survey, "--data", data, "--format", form]
    return seconds(lambda: subprocess.run(command + ["-o", f"{folder}/own.{form}"], check=True))


def strings(frame):
    return frame.astype({c: str for c in frame.select_dtypes(exclude="number").columns})


own = {form: export(form) for form in dict.fromkeys(["csv", *formats])}
frame = None


def read():
    global frame
    frame = strings(pandas.read_csv(f"{folder}/own.csv", low_memory=False).fillna({"opinion": ""}))


reading = seconds(read)
writers = {
    "csv": lambda path: frame.to_csv(path, index=False),
    "parquet": lambda path: frame.to_parquet(path, compression="zstd"),
    "sav": lambda path: pyreadstat.write_sav(frame, path, row_compress=True),
    "dta": lambda path: frame.to_stata(path, write_index=False, version=118),
    "json": lambda path: frame.to_json(path, orient="records"),
    "xlsx": lambda path: frame.to_excel(path, index=False),
}
print(f"{len(frame)} rows, {len(frame.columns)} columns; pandas reads the CSV in {reading:.1f} s")
for form in formats:
    other = seconds(lambda: writers[form](f"{folder}/other.{form}"))
    print(
        f"{form:8} minyi {len(frame) / own[form]:9.0f} rows/s   write {len(frame) / other:9.0f} rows/s"
        f" (ratio {other / own[form]:.2f})   read and write ratio {(other + reading) / own[form]:.2f}"
    )
