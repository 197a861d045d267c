"""Optimal secondary suppression of small tables by tau-Argus, to compare with.

    python -m pip install "pytauargus[dataframe]"
    python tests/reference/suppression/optima.py > tests/reference/suppression/optima.json

Each instance is a table of persons by two or three variables, with all totals. A cell of fewer than 4
persons is primary. The optimum has the fewest further suppressed cells (cost -2: all cost the same).
"""

import json
import random
import tempfile

from pytauargus import protect

SHAPES = [[4, 4], [5, 4], [6, 4], [5, 5], [6, 5], [8, 5], [3, 3, 3], [4, 3, 3], [10, 4], [7, 6]]


def instance(seed, shape):
    draw = random.Random(seed)
    places = [[]]
    for size in shape:
        places = [place + [level] for place in places for level in range(size)]
    return [(place, draw.randint(1, 3) if draw.random() < 0.12 else draw.randint(4, 60)) for place in places]


def optimum(shape, cells):
    names = [f"D{number}" for number in range(len(shape))]
    rows = {name: [] for name in names}
    rows["one"] = []
    for place, n in cells:
        for _ in range(n):
            for name, level in zip(names, place):
                rows[name].append(f"c{level:02}")
            rows["one"].append(1.0)
    found = protect(rows, names, response="one", safety_rules="FREQ(4,1)", suppress="OPT(1)",
                    cost_var="-2", workdir=tempfile.mkdtemp())
    status = list(found.tables[0].status())
    return status.count("U"), status.count("M")


def main():
    instances = []
    for seed, shape in enumerate(SHAPES):
        cells = instance(seed, shape)
        primary, secondary = optimum(shape, cells)
        instances.append({"shape": shape, "counts": [n for _, n in cells],
                          "primary": primary, "secondary": secondary})
    print("[\n" + ",\n".join(json.dumps(own) for own in instances) + "\n]")


if __name__ == "__main__":
    main()
