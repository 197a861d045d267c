"""R-indicators by numpy, independent of the Rust code: one row per sampled case, no groups.

    python3 indicators.py > vectors.json

Formulas: Schouten, Cobben & Bethlehem 2009, Surv. Meth. 35; Schouten, Shlomo & Skinner 2011, J. Off. Stat.
27 (partial indicators, bias adjustment); Schouten et al. 2012, Int. Stat. Rev. 80.
"""

import json

import numpy as np


def design_matrix(categories):
    """Intercept and dummies of all but the first category of each variable."""
    n, variables = categories.shape
    columns = [np.ones(n)]
    for variable in range(variables):
        for level in np.unique(categories[:, variable])[1:]:
            columns.append((categories[:, variable] == level).astype(float))
    return np.column_stack(columns)


def logistic(x, responded, weight):
    """Weighted maximum likelihood by iteratively reweighted least squares."""
    beta = np.zeros(x.shape[1])
    for _ in range(100):
        rho = 1 / (1 + np.exp(-(x @ beta)))
        hessian = x.T @ (x * (weight * rho * (1 - rho))[:, None])
        step = np.linalg.solve(hessian, x.T @ (weight * (responded - rho)))
        beta += step
        if np.abs(step).max() < 1e-14:
            break
    return 1 / (1 + np.exp(-(x @ beta)))


def cells(categories, responded, weight):
    """Weighted response rate of each cell of all variables."""
    _, cell = np.unique(categories, axis=0, return_inverse=True)
    cell = cell.ravel()
    rate = np.bincount(cell, weight * responded) / np.bincount(cell, weight)
    return rate[cell]


def indicators(categories, responded, weight, model, spread_of_answers):
    n = weight.sum()
    x = design_matrix(categories)
    rho = logistic(x, responded, weight) if model == "logistic" else cells(categories, responded, weight)
    mean = (weight * rho).sum() / n
    s2 = (weight * (rho - mean) ** 2).sum() / (n - 1)
    s = np.sqrt(s2)
    out = {
        "mean": mean,
        "s": s,
        "r": 1 - 2 * s,
        "cv": s / mean,
        "largest_bias": s * spread_of_answers / mean,
        "unconditional": [],
        "categories": [],
        "conditional": [],
    }
    for variable in range(categories.shape[1]):
        total = 0.0
        signed = []
        for level in np.unique(categories[:, variable]):
            inside = categories[:, variable] == level
            share = weight[inside].sum() / n
            gap = (weight[inside] * rho[inside]).sum() / weight[inside].sum() - mean
            total += share * gap**2
            signed.append(np.sqrt(share) * gap)
        out["unconditional"].append(np.sqrt(total))
        out["categories"].append(signed)
        others = np.delete(categories, variable, axis=1)
        _, cell = np.unique(others, axis=0, return_inverse=True)
        cell = cell.ravel()
        within = np.bincount(cell, weight * rho) / np.bincount(cell, weight)
        out["conditional"].append(np.sqrt((weight * (rho - within[cell]) ** 2).sum() / (n - 1)))
    # The propensities are estimated, so their spread holds noise: of each case the variance by the delta
    # method, with the sandwich for unequal weights. Equal weights give the published adjustment.
    v = rho * (1 - rho)
    if model == "logistic":
        bread = np.linalg.inv(x.T @ (x * (weight * v)[:, None]))
        middle = x.T @ (x * (weight**2 * v)[:, None])
        z = x * v[:, None]
        noise = np.einsum("ij,jk,ik->i", z, bread @ middle @ bread, z)
    else:
        _, cell = np.unique(categories, axis=0, return_inverse=True)
        cell = cell.ravel()
        noise = v * (np.bincount(cell, weight**2) / np.bincount(cell, weight) ** 2)[cell]
    adjusted = max(0.0, s2 - (weight * noise).sum() / n)
    out["r_adjusted"] = 1 - 2 * np.sqrt(adjusted)
    return out


def case(name, seed, n, levels, effects, model, equal_weights):
    random = np.random.default_rng(seed)
    categories = np.column_stack([random.integers(0, k, n) for k in levels])
    x = 0.4 + sum(np.array(e)[categories[:, v]] for v, e in enumerate(effects))
    responded = (random.random(n) < 1 / (1 + np.exp(-x))).astype(float)
    keys, group = np.unique(categories, axis=0, return_inverse=True)
    group = group.ravel()
    by_group = np.ones(len(keys)) if equal_weights else np.round(random.uniform(1, 4, len(keys)), 3)
    weight = by_group[group]
    groups = [
        {
            "categories": [int(c) for c in key],
            "cases": int((group == at).sum()),
            "respondents": int(responded[group == at].sum()),
            "weight": float(by_group[at]),
        }
        for at, key in enumerate(keys)
    ]
    found = indicators(categories, responded, weight, model, 0.3)
    return {"name": name, "model": model, "groups": groups, "answers_spread": 0.3, "expected": found}


COUNTY = [0.5, -0.3, 0.1, 0.0, -0.8, 0.4]
CASES = [
    ("county, urban, size", 1, 2400, [6, 2, 3], [COUNTY, [0.3, -0.3], [0, 0.2, -0.4]], "logistic", False),
    ("equal weights", 2, 900, [4, 2], [COUNTY[:4], [0.2, -0.2]], "logistic", True),
    ("one variable", 3, 500, [5], [COUNTY[:5]], "logistic", False),
    ("cells", 4, 3000, [6, 2], [COUNTY, [0.3, -0.3]], "cells", False),
    ("nothing to find", 5, 2000, [6, 2, 3], [[0] * 6, [0, 0], [0] * 3], "logistic", False),
]

print(json.dumps([case(*own) for own in CASES], indent=1))
