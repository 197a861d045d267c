"""Writes expected.csv: careless-py's indices of data.csv. See README.md."""

import csv
import math

import careless
import numpy as np

x = np.array(list(csv.reader(open("data.csv")))[1:], dtype=float)
people, items = x.shape
scales = [5] * 10

# Items 11 to 20, 31 to 40 turned, so that there are antonyms.
turned = x.copy()
for item in range(items):
    if item // 10 % 2 == 1:
        turned[:, item] = 6 - turned[:, item]

# Missing answers in every fourth row.
holes = x.copy()
for row in range(0, people, 4):
    for item in range(items):
        if (row + 5 * item) % 9 == 0:
            holes[row, item] = math.nan


def longest(matrix):
    texts = ["".join(str(int(v)) for v in row if not math.isnan(v)) for row in matrix]
    return [run for _, run in careless.longstring(texts)], careless.longstring(texts, avg=True)


columns = {}
columns["longstring"], columns["mean_run"] = longest(x)
columns["longstring_holes"], columns["mean_run_holes"] = longest(holes)
columns["irv"] = careless.irv(x)
columns["irv_holes"] = careless.irv(holes)
for at, third in enumerate(np.array_split(x, 3, axis=1), start=1):
    columns[f"irv_{at}"] = careless.irv(third)
columns["irv_mean_of_thirds"] = careless.irv(x, split=True, num_split=3)
columns["d"] = careless.mahad(x)
_, columns["d_flag"] = careless.mahad(x, flag=True, confidence=0.99)
columns["d_flag"] = columns["d_flag"].astype(int)
columns["d_holes"] = careless.mahad(holes, na_rm=True)
columns["synonyms"], columns["synonym_pairs"] = careless.psychsyn(x, diag=True)
columns["antonyms"], columns["antonym_pairs"] = careless.psychant(turned, diag=True)
columns["even_odd"] = careless.evenodd(x, scales)
columns["even_odd_holes"], columns["even_odd_factors_holes"] = careless.evenodd(holes, scales, diag=True)
columns["person_total"] = careless.person_total(x)
columns["person_total_holes"] = careless.person_total(holes)

with open("expected.csv", "w", newline="") as file:
    out = csv.writer(file, lineterminator="\n")
    out.writerow(columns)
    for row in zip(*columns.values()):
        out.writerow("" if math.isnan(v) else repr(float(v)) if isinstance(v, float) else int(v) for v in row)
