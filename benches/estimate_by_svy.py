"""The work of `cargo bench --bench estimate` by the Python package svy, on the same file: reading, raking, 12 items for the
whole and by 10 counties with linearised errors.

pip install svy
cargo bench --bench estimate && python3 benches/estimate_by_svy.py target/tmp/city-1000000
"""

import csv
import sys
import time

start = time.time()
import polars as pl
import svy

loaded = time.time()
folder = sys.argv[1]
items = range(1, 13)
answers = pl.read_csv(f"{folder}/city.csv").with_columns(
    # A missing answer stays missing.
    [(pl.col(f"s{item}") >= 4).cast(pl.Float64).alias(f"y{item}") for item in items]
    + [(pl.col("county") + "*" + pl.col("area")).alias("county*area")]
)
margins = {}
for row in csv.DictReader(open(f"{folder}/margins.csv")):
    margins.setdefault(row["dimension"], {})[row["category"]] = float(row["population"])
read = time.time()
sample = svy.Sample(answers, svy.Design(stratum="stratum", psu="psu", wgt="w"))
sample = sample.weighting.rake(controls=margins, tol=1e-8, max_iter=100)
raked = time.time()
whole = [sample.estimation.mean(f"y{item}", drop_nulls=True) for item in items]
overall = time.time()
for item in items:
    sample.estimation.mean(f"y{item}", by="county", drop_nulls=True)
end = time.time()
print(whole[0])
print(
    f"import {loaded - start:.2f} s, read {read - loaded:.2f} s, rake {raked - read:.2f} s, "
    f"whole {overall - raked:.2f} s, by county {end - overall:.2f} s; all {end - start:.2f} s"
)
