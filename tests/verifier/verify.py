#!/usr/bin/env python3
"""Second verifier of a release. It computes the figures again and shares no code with the program that made them.

    python3 verify.py DIR                       a release folder: hashes, microdata, public figures
    python3 verify.py FILE.csv ESTIMATES.json   one export, against the output of `minyi estimate`

Numbers must agree to 1e-9 of their size, words exactly. Exit code 0: the same. 1: something differs; the first place
is named with both values. 2: wrong usage, a missing file, or a key that this program does not know. Python 3.11 or
later (tomllib), standard library only. README.md says what is computed, what is not, and lists the sources.
"""
import copy
import csv
import hashlib
import json
import math
import pathlib
import sys
import tomllib
from collections import Counter
from decimal import ROUND_HALF_UP, Decimal
from math import fsum, isnan, nan

from estimates import SHARES, Refused, Sample, Unknown, decide, estimate, holds, known, linearised, number, over
from estimates import some, study_variables, t_upper

# Not computed again: how many steps a fit took and what rounding left, and sentences for people.
SKIPPED = {"sweeps", "max_misfit", "warnings", "message", "detail"}


def table(path):
    """A CSV file as columns: name -> list of cells."""
    with open(path, encoding="utf-8-sig", newline="") as file:
        header, *rows = csv.reader(file)
    return {name: [row[at] for row in rows] for at, name in enumerate(header)}


def read_margins(path, choice="population"):
    """Populations: dimension -> {category: T}. With the choice low or high, figures that are assumed are at that end
    of their range, and the others of their dimension are scaled so that the total stays."""
    cells, margins = table(path), {}
    for at, dimension in enumerate(cells["dimension"]):
        own, other = (number(cells[name][at]) for name in ("population", choice))
        margins.setdefault(dimension, {})[cells["category"][at]] = own, other
    for dimension, both in margins.items():
        fixed = {c: other for c, (_, other) in both.items() if choice != "population" and not isnan(other)}
        free = sum(own for c, (own, _) in both.items() if c not in fixed)
        scale = (sum(own for own, _ in both.values()) - sum(fixed.values())) / free if fixed else 1.0
        margins[dimension] = {c: fixed.get(c, own * scale) for c, (own, _) in both.items()}
    return margins


class Survey:
    """An export: its rows, and the specification, margins and plan beside them."""

    def __init__(self, data):
        self.data, self.columns = data, table(data)
        self.ids, self.every = self.columns["response_id"], range(len(self.columns["response_id"]))
        self.spec = spec = tomllib.loads(self.beside("-spec.toml").read_text("utf-8"))
        known(spec, "design weighting blend sensitivity estimate keep")
        known({key for key, value in spec["design"].items() if value}, "weight strata psu lonely_psu")
        self.all = self.kept(self.every, spec.get("keep", {}))
        self.weighting = spec.get("weighting")
        self.margins = self.read_margins("population") if self.weighting else None
        self.strata, self.psu = (self.columns[spec["design"][key]] for key in ("strata", "psu"))

    def kept(self, rows, keep):
        return [i for i in rows if all(holds(self.columns[name][i], codes) for name, codes in keep.items())]

    def beside(self, ending):
        return self.data.with_name(self.data.stem + ending)

    def read_margins(self, choice):
        return read_margins(self.data.parent / self.weighting["margins"], choice)

    def base(self, name=None):
        """The base weights of all rows."""
        return list(map(number, self.columns[name or self.spec["design"]["weight"]]))

    def sample(self, rows, base, margins, strata=None, units=None, trim=None):
        """Some rows as one sample. base: d of all rows; strata, units: labels of all rows, if not those of the file."""
        columns = {name: [cells[i] for i in rows] for name, cells in self.columns.items()}
        base, strata, units = ([own[i] for i in rows] for own in (base, strata or self.strata, units or self.psu))
        lonely = self.spec["design"].get("lonely_psu", "fail")
        return Sample(columns, base, strata, units, lonely, margins, self.weighting, trim)

    def estimates(self, sample):
        """The estimates of the specification, each a list: the whole, then its domains."""
        return [estimate(sample, est) for est in self.spec["estimate"]]

    def results(self):
        """What `minyi estimate` gives; self.final are the final weights of all rows."""
        how = self.spec.get("blend")
        self.drawn = self.kept(self.all, {how["mode"]: how["reference"]} if how else {})
        self.others = sorted(set(self.all) - set(self.drawn))
        if how:
            results = self.blend(how)
            for groups in (results["blend"][key] for key in ("reference", "volunteer", "blended")):
                self.withhold(groups)
        else:
            sample = self.sample(self.all, self.base(), self.margins)
            groups, self.final = self.estimates(sample), dict(zip(self.all, sample.w))
            self.withhold(groups)
            results = {"weighting": sample.report() if sample.x else None, "estimates": groups}
        if "sensitivity" in self.spec:
            results["sensitivity"] = self.sensitivity(self.spec["sensitivity"], results)
        return results

    def withhold(self, groups):
        """No verdict from too small a sample; none for the domains of a whole without one."""
        for est, group in zip(self.spec["estimate"], groups):
            small = len(self.all) < est.get("minimum_rows", 0) or len(self.drawn) < est.get("minimum_sampled", 0)
            held = small or group[0]["verdict"] == "suppressed"
            for one in group:
                if one["verdict"] and one["domain"] and est.get("judge_whole_only"):
                    one |= dict.fromkeys(("verdict", "target", "p_value", "decision_lower", "decision_upper"))
                elif one["verdict"] not in (None, "suppressed") and held:
                    one["verdict"] = "suppressed"
                    one["reasons"].append("sample_too_small" if small else "headline_not_judged")

    @staticmethod
    def withdraw(groups, support, reason):
        """Volunteers take a verdict away and never give one: the sampled alone must say the same."""
        for group, others in zip(groups, support):
            for one in group:
                same_domain = [other["verdict"] for other in others if other["domain"] == one["domain"]]
                if one["verdict"] in ("met", "not_met") and same_domain != [one["verdict"]]:
                    one["verdict"] = "inconclusive"
                    one["reasons"].append(reason)

    def blend(self, how):
        """The sampled, the volunteers, and both. The volunteers are raked to the margins and to what the sampled give
        for the calibrators, each a PSU of its own; both are pooled with the weights lambda w and (1 - lambda) w and
        raked again (Kott, Calibration weighting with a blended sample, RTI Press)."""
        known(how, "mode reference volunteer publish factor calibrators mode_effect volunteer_weight")
        if not self.weighting or how["factor"] != "bias_aware" or how["publish"] == "volunteer":
            raise Unknown("this [blend]")
        sample = self.sample(self.drawn, self.base(), self.margins)
        ref, report, totals = self.estimates(sample), sample.report(), dict(self.margins)
        w = dict(zip(self.drawn, sample.w))
        for name in how["calibrators"]:
            own = self.columns[name]
            labels = sorted({own[i] for i in self.drawn if own[i]})
            totals[name] = {label: fsum(w[i] for i in self.drawn if own[i] == label) for label in labels}
        found = {"publish": how["publish"], "factor": {"": 1}, "bias_aware_factor": 1, "typical_bias": 0,
                 "differences": [], "reference": ref, "volunteer": [], "blended": copy.deepcopy(ref)}
        is_blend = how["publish"] == "blended"
        try:
            sizes = Counter(self.strata[i] for i in self.others)
            largest = max(sizes, key=lambda h: (sizes[h], h))  # volunteers alone in a stratum join the largest
            strata = [own if sizes[own] > 1 else largest for own in self.strata]
            units = [f"row {i}" for i in self.every]
            volunteers = self.sample(self.others, self.base(how["volunteer_weight"]), totals, strata, units)
            found["volunteer"] = vol = self.estimates(volunteers)
            pairs = [(a, b) for x, y in zip(ref, vol) for a in x for b in y if a["domain"] == b["domain"]]
            share, bias = bias_aware(pairs)
            pooled = {i: share * own for i, own in w.items()}
            pooled |= {i: (1 - share) * own for i, own in zip(self.others, volunteers.w)}
            strata = ["reference" + self.strata[i] if i in w else "volunteer" + strata[i] for i in self.every]
            units = ["psu " + self.psu[i] if i in w else units[i] for i in self.every]
            both = self.sample(self.all, pooled, totals, strata, units)
            found |= {"factor": {"": share}, "bias_aware_factor": share, "typical_bias": bias,
                      "blended": self.estimates(both),
                      "differences": [difference(a, b, how["mode_effect"]) for a, b in pairs]}
            self.withdraw(found["blended"], ref, "reference_disagrees")
            if is_blend:
                report, w = both.report(), dict(zip(self.all, both.w))
        except Refused as refused:
            found["volunteer_refused"] = {"code": str(refused)}
            if is_blend:
                self.withdraw(ref, [[]] * len(ref), "blend_missing")
                found["blended"] = copy.deepcopy(ref)
        self.final = w
        return {"weighting": report, "estimates": found["blended"] if is_blend else ref, "blend": found}

    def sensitivity(self, how, results):
        """The headlines under other choices, and what it takes until their verdicts change."""
        chosen = [(est, group[0]) for est, group in zip(self.spec["estimate"], results["estimates"])
                  if est["name"] in how["estimates"]]
        scenarios = []
        for scenario in how["scenario"]:
            known(scenario, "name keep weight margins trim every_row publish")
            rows = self.kept(self.every if scenario.get("every_row") else self.all, scenario.get("keep", {}))
            one = {"name": scenario["name"], "rows": len(rows), "estimates": []}
            try:
                if "publish" in scenario:
                    one["estimates"] = self.as_published(rows, scenario, [est["name"] for est, _ in chosen])
                    scenarios.append(one)
                    continue
                margins = self.read_margins(scenario.get("margins", "population"))
                mean = fsum(next(iter(margins.values())).values()) / len(rows)
                trim = scenario["trim"] * mean if "trim" in scenario else None
                sample = self.sample(rows, self.base(scenario.get("weight")), margins, trim=trim)
                one["estimates"] = [estimate(sample, est | {"by": [], "holm": False})[0] for est, _ in chosen]
            except Refused as refused:
                one["refused"] = {"code": str(refused)}
            scenarios.append(one)
        judged = [(est, one) for est, one in chosen if one["verdict"] not in (None, "suppressed")]
        return {"scenarios": scenarios, "tipping": [self.tipping(est, one, results.get("blend")) for est, one in judged]}

    def as_published(self, rows, scenario, names):
        """The whole estimates of a blend of other rows, with other base weights."""
        other, how, weight = copy.copy(self), self.spec["blend"], scenario["weight"]
        is_volunteer = scenario["publish"] == "volunteer"
        how = how | {"volunteer_weight": weight, "publish": "reference" if is_volunteer else scenario["publish"]}
        other.all, other.drawn = rows, self.kept(rows, {how["mode"]: how["reference"]})
        other.others = sorted(set(rows) - set(other.drawn))
        other.spec = self.spec | {"design": self.spec["design"] | {"weight": weight}}
        found = other.blend(how)["blend"]
        if is_volunteer and "volunteer_refused" in found:
            raise Refused(found["volunteer_refused"]["code"])
        groups = zip(self.spec["estimate"], found[scenario["publish"]])
        return [group[0] for est, group in groups if est["name"] in names]

    def tipping(self, est, one, blend):
        """What it takes until a verdict changes, to first order: the population share that moves least, by
        dp/dshare_c = N (beta_c - sum over the others j of its dimension of beta_j share_j/(1 - share_c)), and positive
        forms that are made up, by weight * k/(n + k) * (1 - p) = what is lacking."""
        tip = {"name": est["name"], "verdict": one["verdict"], "margin": None, "fabrication": None}
        is_blend = blend and blend["publish"] == "blended"
        if not is_blend:
            sample = self.sample(self.drawn, self.base(), self.margins)
            terms, _ = study_variables(sample.columns, est)
            beta = sample.coefficients(linearised(sample, terms, sample.rows)[1])
            people, moves = fsum(next(iter(self.margins.values())).values()), []
            share = [own / people for own in sample.totals]
            for c, (dimension, category) in enumerate(sample.categories):
                others = [j for j, (own, _) in enumerate(sample.categories) if own == dimension and j != c]
                slope = people * (beta[c] - sum(beta[j] * share[j] / (1 - share[c]) for j in others))
                moves += [(abs(gap / slope), {"dimension": dimension, "category": category, "share": share[c],
                                              "tipping_share": share[c] + gap / slope, "verdict": verdict})
                          for gap, verdict in shifts(one, one["verdict"]) if 0 <= share[c] + gap / slope <= 1]
            # Of two categories each moves as far as the other: rounding decides which is named.
            ties = [own for move, own in moves if move <= min(moves, key=lambda own: own[0])[0] * (1 + 1e-9)]
            tip["margin"] = ties[0] | {"_ties": ties} if ties else None

        def forms(one, n, weight):
            lacking = next((gap for gap, _ in shifts(one, tip["verdict"]) if gap > 0), math.inf)
            most = weight * (1 - one["estimate"])
            return math.ceil(n * lacking / (most - lacking)) if most > lacking else None
        if self.others:
            tip["fabrication"] = {"volunteers": len(self.others), "published": None,
                                  "pooled": forms(one, len(self.all), 1.0)}
            at = [own["name"] for own in self.spec["estimate"]].index(est["name"])
            could_be_met = blend["reference"][at][0]["verdict"] == "met" != one["verdict"]
            if is_blend and "volunteer_refused" not in blend and could_be_met:
                weight = 1 - blend["factor"][""]
                tip["fabrication"]["published"] = forms(blend["blended"][at][0], len(self.others), weight)
        return tip

    def intended(self, plan):
        """What the plan says, beside what the specification does."""
        blend, weighting = self.spec.get("blend"), plan["weighting"]
        book = table(self.beside("-codebook.csv"))
        missing = {(name, code) for name, code, is_so in zip(book["variable"], book["code"], book["missing"]) if is_so}
        publish = {"pool": None, "sampled": "reference", "calibrated": "blended"}[plan["modes"]["combine"]]
        yield "plan: combine", publish, blend and blend["publish"]
        calibrators = [weighting.get("calibrators", []), blend["calibrators"]] if blend else [[], []]
        yield "plan: calibrators", *calibrators
        yield "plan: rake", weighting.get("rake", []), list(self.margins or [])
        yield "plan: bounds", weighting.get("bounds"), (self.weighting or {}).get("bounds")
        for own in plan["indicator"]:
            name, sections = own["code"], own.get("section", [])
            est = next((est for est in self.spec["estimate"] if est["name"] == name), {"kind": "nothing"})
            terms = [term for part in (*sections, own) for term in part.get("term", [])]
            made = {"share": [[part["code"], part.get("combine", own.get("combine", "mean")), *part.get("items", [])]
                              for part in sections],
                    "mean": [[term["question"], term.get("factor", 1.0)] for term in terms],
                    "ratio": [[f"{name}_numerator"], [f"{name}_denominator"]]}[own["kind"]]
            found = {"indicator": [[part["code"], part["combine"], *part["items"]] for part in est.get("sections", [])],
                     "mean": list(map(list, zip(some(est.get("variable")), est.get("factors", [])))),
                     "ratio": [some(est.get("variable")), some(est.get("denominator"))]}.get(est["kind"])
            yield f"plan: {name}", made, found
            yield f"plan: counts of {name}", own.get("counts", []), est.get("counts", [])
            items = {item for part in sections for item in part.get("items", [])}
            codes = sorted({code for question, code in missing if question in items})
            yield f"codebook: missing of {name}", codes, sorted(map(str, est.get("missing", [])))
            is_number = not own.get("reference") and own.get("target", "").startswith(">")
            targets = [own["target"] if is_number else None, est.get("target")]
            targets = [text and float(text.split()[1]) for text in targets]
            yield f"plan: target of {name}", *targets
            if targets[0]:
                yield f"plan: minimum of {name}", [own.get("minimum_sample"), weighting.get("minimum_sampled")], [
                    est.get("minimum_rows"), est.get("minimum_sampled")]

    def design(self):
        """Analysis variables, parts, strata and base weights from the answers, the plan and the frame, beside those of
        the file. d = M_h/(a_h m_k) for the sampled: M_h the size of stratum h in the frame, a_h its PSUs with
        responses, m_k the responses of PSU k (Cochran 1977, 9A); N/n for volunteers. Or N_h/n_h, or 1."""
        plan, cells = tomllib.loads(self.beside("-plan.toml").read_text("utf-8")), self.columns
        yield from self.intended(plan)
        areas, book = table(self.beside("-areas.csv")), table(self.beside("-codebook.csv"))
        parent = {c: p for c, kind, p in zip(areas["code"], areas["kind"], areas["parent"]) if kind == "zone" and p}
        missing = {(v, c) for v, c, m in zip(book["variable"], book["code"], book["missing"]) if m in ("1", "true")}

        def category(variable, answer):
            if not answer or (variable["question"], answer) in missing:
                return ""
            groups = variable.get("group", {}).items()
            answer = parent.get(answer, answer) if variable.get("to") == "parent" else answer
            return next((name for name, codes in groups if answer in map(str, codes)), answer)

        def cross(names, columns, rows):
            return ["*".join(own) for own in zip(*(columns[name] for name in names))] if names else [""] * rows

        own = {name: [category(variable, answer) for answer in cells[variable["question"]]]
               for name, variable in plan["variables"].items()}
        yield from ((f"{name} of {self.ids[i]}", own[name][i], cells[name][i])
                    for name, variable in plan["variables"].items() if name != variable["question"] for i in self.every)
        ratios = [indicator for indicator in plan["indicator"] if indicator["kind"] == "ratio"]
        for indicator, end in ((indicator, end) for indicator in ratios for end in ("numerator", "denominator")):
            terms = indicator["term" if end == "numerator" else end]
            for i, name in ((i, f"{indicator['code']}_{end}") for i in self.every):
                parts = [term.get("factor", 1.0) * number(cells[term["question"]][i]) for term in terms
                         if cells[term["question"]][i]]
                yield f"{name} of {self.ids[i]}", sum(parts) if parts else nan, number(cells[name][i])
        strata, unit, size, combine = plan["design"].get("strata", []), {}, Counter(), plan["modes"]["combine"]
        if self.beside("-frame.csv").exists():
            frame = table(self.beside("-frame.csv"))
            variables = {name: plan["variables"][name] for name in strata}
            of_unit = {name: [category(variable, cell) for cell in frame[variable["question"]]]
                       for name, variable in variables.items()}
            h_of = cross(strata, of_unit, len(frame["psu"]))
            for psu, h, people, selected in zip(frame["psu"], h_of, frame["population"], frame["selected"]):
                size[h] += number(people)
                unit[psu] = h, selected == "1"
        crossed, psus, onsite = cross(strata, own, len(self.every)), cells["psu"], plan["modes"]["onsite"]
        on_site = [mode in onsite for mode in cells["mode"]]
        selected = {psu for psu, (_, is_drawn) in unit.items() if is_drawn}
        drawn = [on_site[i] if combine == "pool" else psus[i] in selected if unit else psus[i] != self.ids[i]
                 for i in self.every]
        h_of = [unit[psus[i]][0] if drawn[i] and psus[i] in unit else crossed[i] for i in self.every]
        for i in self.every:
            part = "sampled" if drawn[i] else "volunteer"
            yield f"part of {self.ids[i]}", part, cells["part"][i]
            yield f"stratum of {self.ids[i]}", f"{h_of[i]}*{part}" if h_of[i] else part, cells["stratum"][i]
            yield f"flagged of {self.ids[i]}", str(int(cells["flags"][i] != "")), cells["flagged"][i]
        base, people = plan["weighting"].get("base", "none"), sum(size.values())

        def weights(rows):
            if base == "none":
                return dict.fromkeys(rows, 1.0)
            if base == "frame":
                m = Counter((h_of[i], psus[i]) for i in rows if drawn[i])
                a, n = Counter(h for h, _ in m), sum(not drawn[i] for i in rows)
                return {i: size[h_of[i]] / (a[h_of[i]] * m[h_of[i], psus[i]]) if drawn[i] else people / n for i in rows}
            h = cross(base.split("*"), own, len(self.every))
            n = Counter((drawn[i], h[i]) for i in rows)
            return {i: self.margins[base][h[i]] / n[drawn[i], h[i]] for i in rows}

        made = {"base_weight": weights(self.all), "weight": self.final}
        if "held" in cells:
            made |= {"with_held_weight": weights(self.every)}
        if combine != "pool":
            made |= {"onsite_weight": weights([i for i in self.all if drawn[i] and on_site[i]]),
                     "unflagged_weight": weights([i for i in self.all if drawn[i] and not cells["flags"][i]])}
            figures, n = self.margins.get("*".join(strata)), Counter(crossed[i] for i in self.all)
            made |= {"pooled_weight": {i: figures[crossed[i]] / n[crossed[i]] for i in self.all}} if figures else {}
        for name, own_weights in made.items():
            yield from ((f"{name} of {self.ids[i]}", own_weights.get(i, 0.0), number(cells[name][i])) for i in self.every)


def bias_aware(pairs):
    """lambda = (v_vol + b2)/(v_ref + v_vol + b2), b2 = max(0, (p_vol - p_ref)^2 - v_ref - v_vol), with the means of all
    three over the shares for the whole; and the typical bias, the root of b2."""
    shares = [(a["std_error"] ** 2, b["std_error"] ** 2, b["estimate"] - a["estimate"]) for a, b in pairs
              if a["kind"] in SHARES and not a["domain"]]
    if not shares:
        return 1.0, 0.0
    three = zip(*((ref, vol, max(0.0, gap * gap - ref - vol)) for ref, vol, gap in shares))
    ref, vol, b2 = (fsum(own) / len(shares) for own in three)
    return (vol + b2) / (ref + vol + b2), math.sqrt(b2)


def difference(a, b, allowed):
    """Volunteers minus sampled, which are independent."""
    gap, se, df = b["estimate"] - a["estimate"], math.hypot(a["std_error"], b["std_error"]), a["df"] + b["df"]
    p = 2 * t_upper(over(abs(gap), se), df)
    return {"name": a["name"], "domain": a["domain"], "difference": gap, "std_error": se, "df": df, "p_value": p,
            "mode_effect": abs(gap) > allowed and p < 0.01}


def shifts(one, verdict):
    """The moves of an estimate and its bounds at which its verdict changes, smallest first: (move, new verdict)."""
    moves, bounds = [], (one["decision_lower"], one["decision_upper"])
    for bound in bounds:
        gap = float(one["target"].split()[1]) - bound
        beside = (gap * (1 + 1e-9), gap * (1 - 1e-9), gap)
        after = [decide(one["target"], *(own + move for own in bounds)) for move in beside]
        moves += [(gap, own) for own in after if own != verdict][:1]
    return sorted(moves, key=lambda move: abs(move[0]))


# Comparison: every place is (name, ours, the file's)

def places(path, ours, theirs):
    """Every number and word of two results."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        ours = next((tie for tie in ours.get("_ties", ()) if tie["category"] == theirs.get("category")), ours)
        for key in [*theirs, *(key for key in ours if key not in theirs and not key.startswith("_"))]:
            if key not in SKIPPED:
                yield from places(f"{path} {key}".strip(), ours.get(key, "nothing"), theirs.get(key, "nothing"))
    elif isinstance(ours, list) and isinstance(theirs, list):
        ours = [one for group in ours for one in group] if ours and isinstance(ours[0], list) else ours
        yield f"number of {path}", len(ours), len(theirs)
        for at, (a, b) in enumerate(zip(ours, theirs)):
            name = " ".join([b["name"], *map("=".join, b.get("domain", {}).items())]) if isinstance(b, dict) else at
            yield from places(f"{path} [{name}]", a, b)
    else:
        yield path, ours, theirs


def same(ours, theirs):
    """Numbers to 1e-9 of their size, words exactly. What is not a finite number is null in a file."""
    if isinstance(ours, float) and not math.isfinite(ours):
        return theirs is None or theirs != theirs
    if isinstance(ours, (bool, str)) or not isinstance(theirs, (int, float)) or ours is None:
        return ours == theirs
    return abs(ours - theirs) <= 1e-9 * max(abs(ours), abs(theirs))


def on_its_side(value, line, unit):
    """Rounded half up, but never to the other side of the target: 89.96 stays below 90."""
    rounded, side = value.quantize(unit, ROUND_HALF_UP), line is None or value >= line
    return rounded if line is None or (rounded >= line) == side else rounded + (unit if side else -unit)


def public(path, results):
    """The numbers of figures.csv that are shown, beside ours rounded half up: n to tens, others to the decimals that
    are printed, shares as they are or per cent. Cells that are empty or hold a marker such as [c] are passed over."""
    blend, ours = results.get("blend", {}), {}
    sets = [("", "", results["estimates"])]
    sets += [("part", "sampled", blend["reference"]), ("part", "volunteer", blend["volunteer"]),
             ("part", "blend", blend["blended"])] if blend else []
    sets += [("sensitivity", own["name"], [[one] for one in own["estimates"]])
             for own in results.get("sensitivity", {}).get("scenarios", [])]
    for dimension, level, groups in sets:
        for one in (one for group in groups for one in group):
            name = one["name"].split("/")
            place = next(iter(one["domain"].items()), (dimension, level)) if len(name) == 1 else ("section", name[1])
            place = ("item", name[2]) if len(name) == 3 else place
            if "reading" in name:
                place = ("dont_know", "share") if name[2] == "dont_know" else ("sensitivity", name[2])
            if not dimension or len(name) == 1 and not one["domain"]:
                ours[name[0], *place] = one
    figures = {heading.split(" ")[-1]: column for heading, column in table(path).items()}
    for row, place in enumerate(zip(figures["indicator"], figures["dimension"], figures["level"])):
        for column in ("n", "estimate", "lower", "upper") if place in ours else ():
            cell, own = figures[column][row], Decimal(repr(ours[place][column]))
            if cell and not cell.startswith("["):
                unit = Decimal(1).scaleb(-len(cell.partition(".")[2]))
                factors = (1, 100) if ours[place]["kind"] == "mean" else (100, 1)
                line = ours[place]["target"] and Decimal(ours[place]["target"].split()[1])
                shown = [str(on_its_side(own * factor, line and line * factor, unit)) for factor in factors]
                shown = [str((own / 10).quantize(Decimal(1), ROUND_HALF_UP) * 10)] if column == "n" else shown
                yield f"figures.csv {' '.join(place)} {column}", cell if cell in shown else shown[0], cell


def release(folder):
    """A release folder: the hash of every file, the microdata if they are there, the public figures."""
    try:
        manifest = json.loads((folder / "release.json").read_text("utf-8"))
    except ValueError as error:
        raise Unknown(f"release.json: {error}") from error
    files = dict(line.split("  ", 1)[::-1] for line in (folder / "SHA256SUMS").read_text("utf-8").splitlines())
    listed = {name: own["sha256"] for name, own in manifest["files"].items()}
    yield "files of SHA256SUMS", {n: h for n, h in files.items() if n != "release.json" and "/" not in n}, listed
    found = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    del found["SHA256SUMS"]
    for name in sorted({*files, *found}):
        own = hashlib.sha256(found[name].read_bytes()).hexdigest() if name in found else "no such file"
        yield f"SHA-256 of {name}", own, files.get(name, "not listed in SHA256SUMS")
    for spec in sorted(folder.glob("microdata/*-spec.toml")):
        data = spec.with_name(spec.name.removesuffix("-spec.toml") + ".csv")
        yield "survey of release.json", data.stem, manifest["survey"]
        results = yield from export(data, spec.with_name("estimates.json"))
        yield from public(folder / "figures.csv", results)
        yield from copies(folder, Survey(data))


def copies(folder, survey):
    """Plan, frame and population of the folder, beside those of the microdata."""
    texts = [path.read_text("utf-8") for path in (folder / "plan.toml", survey.beside("-plan.toml"))]
    yield "plan.toml", *map(tomllib.loads, texts)
    if survey.beside("-frame.csv").exists():
        yield "frame.csv", table(folder / "frame.csv"), table(survey.beside("-frame.csv"))
    for choice in ("population", "low", "high") if survey.margins else ():
        ours, theirs = read_margins(folder / "population.csv", choice), survey.read_margins(choice)
        yield from ((f"population.csv {name} {choice}", ours.get(name), own) for name, own in theirs.items())


def export(data, estimates):
    """An export: the output of `minyi estimate`, then the columns of variables and design."""
    survey, theirs = Survey(data), json.loads(estimates.read_text("utf-8"))
    try:
        results = survey.results()
    except Refused as refused:
        yield "estimates", f"refused: {refused}", f"refused: {theirs['error']['code']}" if "error" in theirs else "made"
        return {"estimates": []}
    yield from places("", results, theirs)
    yield from survey.design()
    return results


def main(arguments):
    paths = list(map(pathlib.Path, arguments))
    if len(paths) not in (1, 2):
        print(__doc__, file=sys.stderr)
        return 2
    count, wrong = 0, []
    try:
        for name, ours, theirs in release(*paths) if len(paths) == 1 else export(*paths):
            count += 1
            if not same(ours, theirs):
                wrong.append(f"{name}: computed {str(ours)[:90]}, in the file {str(theirs)[:90]}")
    except Exception as error:  # whatever a changed file holds: what was found until here is said all the same
        print("\n".join([*wrong[:10], f"cannot go on: {type(error).__name__}: {str(error)[:200]}"]))
        return 1 if wrong else 2
    print("\n".join(wrong[:10]) or f"same: {count} numbers and words")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
