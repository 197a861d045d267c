"""The statistics of the second verifier: from rows, a design and margins to weights, estimates, errors, intervals and
verdicts. README.md lists the sources.

Symbols: i row (response), k primary sampling unit (PSU), h stratum, d base weight, w final weight, g = w/d, x columns
of 0 and 1 for the categories of the margins, T their populations, D domain, v variance, se its root, df degrees of
freedom.
"""
import functools
import math
from collections import Counter, defaultdict
from math import fsum, inf, isnan, nan, sqrt

SHARES = ("proportion", "indicator")


class Refused(Exception):
    """These weights or estimates cannot be made; the text is the code of the reason."""


class Unknown(Exception):
    """The verifier cannot check something, and must not pass over it in silence."""


def beta(x, y, a, b):
    """P(X <= x), P(X > x) and the density at x of X ~ Beta(a, b), y = 1 - x: continued fraction 26.5.8 of Abramowitz &
    Stegun."""
    if x <= 0 or y <= 0:
        return float(y <= 0), float(x <= 0), 0.0
    if x > (a + 1) / (a + b + 2):
        lower, upper, density = beta(y, x, b, a)
        return upper, lower, density
    c, d = 1.0, 1 / (1 - (a + b) * x / (a + 1))
    value = d
    for m in range(1, 100_000):
        for term in (m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
                     -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))):
            d, c = 1 / (1 + term * d), 1 + term / c
            value *= c * d
        if abs(c * d - 1) < 1e-16:
            break
    gammas = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    power = math.exp(gammas + a * math.log(x) + b * math.log(y))
    return power * value / a, 1 - power * value / a, power / (x * y)


def root(function, low, high):
    """The zero of an increasing function that gives value and slope: Newton's step, or the middle if it leads out."""
    x = (low + high) / 2
    while True:
        value, slope = function(x)
        low, high = (low, x) if value > 0 else (x, high)
        newton = x - value / slope if slope else inf
        new = newton if low < newton < high else (low + high) / 2
        if abs(new - x) <= 1e-13 * abs(x) or not low < new < high:
            return new
        x = new


@functools.cache
def beta_quantile(p, a, b):
    """The x with P(X <= x) = p; 0 for a = 0 and 1 for b = 0. The smaller tail is used, for its digits."""
    if a <= 0 or b <= 0:
        return float(a > 0)
    def gap(x):
        lower, upper, density = beta(x, 1 - x, a, b)
        return lower - p if p < 0.5 else 1 - p - upper, density
    return root(gap, 0.0, 1.0)


def t_tail(t, df):
    """P(T > t) for Student's t and its density, t >= 0: I_z(df/2, 1/2)/2 with z = df/(df + t^2)."""
    z = df / (df + t * t)
    lower, _, density = beta(z, t * t / (df + t * t), df / 2, 0.5)
    return lower / 2, density * t * z * z / df


def t_upper(t, df):
    """P(T > t); not a number without degrees of freedom."""
    if not df > 0 or isnan(t):
        return nan
    tail = t_tail(abs(t), df)[0] if abs(t) < inf else 0.0
    return tail if t >= 0 else 1 - tail


@functools.cache
def critical(level, df):
    """The t with P(|T| <= t) = level."""
    tail, high = 1 - (0.5 + level / 2), 2.0
    while t_upper(high, df) > tail:
        high *= 2
    def gap(t):
        upper, density = t_tail(t, df)
        return tail - upper, density
    return root(gap, 0.0, high)


def number(text):
    """A cell as a number; not a number (nan) if it is empty or a word."""
    try:
        return float(text) if text.isascii() and "_" not in text else nan
    except ValueError:
        return nan


def some(value):
    """A key that takes one value or a list, as a list."""
    return [] if value is None else value if isinstance(value, list) else [value]


def holds(cell, codes):
    """Whether a cell is one of some codes: numbers by their value, words by their letters."""
    return any(cell == code if isinstance(code, str) else number(cell) == code for code in some(codes))


def known(section, keys):
    """Refuses keys that would be passed over."""
    for key in set(section) - set(keys.split()):
        raise Unknown(f"key {key} of the specification")


def over(a, b):
    """a/b, infinite for b = 0."""
    return a / b if b else math.copysign(inf, a) if a else nan


def dot(a, b):
    return fsum(x * y for x, y in zip(a, b))


def generalised_inverse(matrix):
    """G with AGA = A for a symmetric A, and the rank: sweep operator (Goodnight 1979, Am. Statistician 33). X'DX is
    singular, because all dimensions have the same total; no result depends on which G is taken."""
    size, kept = range(len(matrix)), []
    scale = [1 / sqrt(matrix[k][k]) if matrix[k][k] > 0 else 0.0 for k in size]
    a = [[matrix[i][j] * scale[i] * scale[j] for j in size] for i in size]
    for k in size:
        if (pivot := a[k][k]) > 1e-11:
            kept.append(k)
            a[k] = [value / pivot for value in a[k]]
            for i in size:
                if i != k and (factor := a[i][k]):
                    a[i] = [value - factor * own for value, own in zip(a[i], a[k])]
                    a[i][k] = -factor / pivot
            a[k][k] = 1 / pivot
    scale = [scale[k] if k in kept else 0.0 for k in size]
    return [[a[i][j] * scale[i] * scale[j] for j in size] for i in size], len(kept)


class Sample:
    """Rows with their design and weights. columns: name -> cells; base: d, 0 out of sample; strata, units: labels of
    each row; lonely: what a stratum with one PSU adds; margins (dimension -> {category: T}) and how: of [weighting];
    trim: the largest weight."""

    def __init__(self, columns, base, strata, units, lonely, margins, how, trim=None):
        self.columns, self.base, self.lonely, self.x = columns, base, lonely, None
        self.rows = [i for i, d in enumerate(base) if d]
        pairs, names = sorted(set(zip(strata, units))), sorted(set(strata))
        place = {pair: k for k, pair in enumerate(pairs)}
        self.unit, self.stratum = [place[pair] for pair in zip(strata, units)], [names.index(own) for own, _ in pairs]
        self.sizes = [n for _, n in sorted(Counter(self.stratum).items())]
        if lonely == "fail" and 1 in self.sizes or len({unit for _, unit in pairs}) < len(pairs):
            raise Refused("LONELY_PSU" if 1 in self.sizes else "PSU_NOT_NESTED")
        self.w = self.calibrated = base
        if how:
            self.weigh(margins, {"distance": "linear", "max_sweeps": 200, "tolerance": 1e-8} | how)
            self.w = self.trimmed(trim) if trim else self.w

    def weigh(self, margins, how):
        """Weights w = d g that meet the margins: raking, or calibration with bounds of g."""
        known(how, "method margins distance bounds max_sweeps tolerance rescale_margins partial")
        if how["method"] not in ("rake", "calibrate") or how["method"] == "rake" and "bounds" in how \
                or how["distance"] != "linear" or how.get("rescale_margins") or how.get("partial"):
            raise Unknown(f"weighting by {how}")
        self.totals, self.categories, columns, total = [], [], [], fsum(next(iter(margins.values())).values())
        for dimension, cells in margins.items():
            labels = list(map("*".join, zip(*(self.columns[name] for name in dimension.split("*")))))
            found, gap = {labels[i] for i in self.rows}, fsum(cells.values()) / total
            for fault, code in ((found - set(cells), "CATEGORY_NOT_IN_POPULATION"),
                                (any(cells[c] == 0 for c in found & set(cells)), "ZERO_TARGET_WITH_RESPONDENTS"),
                                (any(cells[c] > 0 for c in set(cells) - found), "MARGIN_CATEGORY_EMPTY"),
                                (abs(gap - 1) > 1e-6, "MARGIN_TOTALS_DISAGREE")):
                if fault:
                    raise Refused(code)
            at = {category: len(self.totals) + k for k, category in enumerate(cells)}
            self.totals += [t / gap for t in cells.values()]
            self.categories += [(dimension, category) for category in cells]
            columns.append([at.get(label) for label in labels])
        self.x, groups = list(zip(*columns)), defaultdict(list)  # of each row the columns of X that are 1
        for i in self.rows:
            groups[self.x[i]].append(self.base[i])
        cells = {x: fsum(groups[x]) for x in sorted(groups)}  # rows with the same x have the same g
        g = self.rake(cells, how) if how["method"] == "rake" else self.calibrate(cells, how)
        self.w = self.calibrated = [d * g[x] if d else 0.0 for d, x in zip(self.base, self.x)]
        self.inverse, self.rank = generalised_inverse(self.cross_product(cells))

    def cross_product(self, cells):
        """X'DX from the weight of each cell."""
        matrix = [[0.0] * len(self.totals) for _ in self.totals]
        for x, weight in cells.items():
            for a in x:
                for b in x:
                    matrix[a][b] += weight
        return matrix

    def gaps(self, cells):
        """The largest misfit |X'w - T|/T, and T - X'w."""
        gaps = list(self.totals)
        for x, weight in cells.items():
            for column in x:
                gaps[column] -= weight
        return max(abs(gap) / t for gap, t in zip(gaps, self.totals) if t), gaps

    def rake(self, base, how):
        """w <- w T_c/(sum of w in c) for the categories c of each dimension in turn (Deming & Stephan 1940), until only
        rounding is left. Refused if a margin is missed by more than the tolerance after the last sweep."""
        cells, best, best_sweep = dict(base), inf, 0
        for sweep in range(1, how["max_sweeps"] + 1):
            for dimension in range(len(next(iter(cells)))):
                sums = Counter()
                for x, weight in cells.items():
                    sums[x[dimension]] += weight
                cells = {x: weight * (self.totals[x[dimension]] / sums[x[dimension]]) for x, weight in cells.items()}
            misfit = self.gaps(cells)[0]
            if misfit < best * 0.99:
                best, best_sweep = misfit, sweep
            if misfit <= 1e-13 or sweep - best_sweep >= 20:
                break
        if not misfit <= how["tolerance"]:
            raise Refused("RAKING_NOT_CONVERGED")
        return {x: weight / base[x] for x, weight in cells.items()}

    def calibrate(self, base, how):
        """g = 1 + x'eta cut off at the bounds, with X'w = T (Deville & Sarndal 1992, JASA 87), by Newton's steps
        (X'D'X)^- (T - X'w), D' the d that are not cut off; of the full, half, quarter ... step the best is taken."""
        low, high = how.get("bounds", (-inf, inf))
        def state(eta):
            u = {x: 1 + sum(eta[c] for c in x) for x in base}
            g = {x: min(max(own, low), high) for x, own in u.items()}
            return *self.gaps({x: base[x] * g[x] for x in base}), eta, g, {x: base[x] * (g[x] == u[x]) for x in base}
        misfit, gaps, eta, g, slopes = state([0.0] * len(self.totals))
        for _ in range(how["max_sweeps"]):
            inverse, _ = generalised_inverse(self.cross_product(slopes))
            step = [dot(row, gaps) for row in inverse]
            best = min(state([e + s / 2 ** k for e, s in zip(eta, step)]) for k in range(12))
            if misfit <= 1e-13 or not best[0] < misfit:
                break
            misfit, gaps, eta, g, slopes = best
        if not misfit <= how["tolerance"] or min(g.values()) < 0:
            raise Refused("NEGATIVE_WEIGHT" if misfit <= how["tolerance"] else "CALIBRATION_INFEASIBLE")
        return g

    def trimmed(self, upper):
        """Weights above the limit are cut to it, and what is cut is spread equally over those never cut, until none is
        above (R's trimWeights, strict)."""
        w, cut = list(self.w), set()
        while new := {i for i in self.rows if w[i] > upper} - cut:
            cut |= new
            if len(cut) == len(self.rows):
                raise Refused("TRIM_INFEASIBLE")
            share = fsum(max(w[i] - upper, 0.0) for i in self.rows) / (len(self.rows) - len(cut))
            w = [min(own, upper) if i in cut else own + share if own else 0.0 for i, own in enumerate(w)]
        return w

    def report(self):
        """Kish 1965, 11.7: deff = n sum w^2/(sum w)^2, n_eff = (sum w)^2/sum w^2; g = w/d."""
        w, g = [self.w[i] for i in self.rows], [self.w[i] / self.base[i] for i in self.rows]
        total, squares = fsum(w), dot(w, w)
        return {"kish_deff": len(w) * squares / total ** 2, "n_effective": total ** 2 / squares, "n": len(w),
                "sum": total, "min_g": min(g), "max_g": max(g), "min_weight": min(w), "max_weight": max(w),
                "trimmed_share": 0}

    @functools.cached_property
    def small_sample_factor(self):
        """nu/(nu - q), nu = PSUs - strata, q = rank(G) - sum over h of m_h'G^- m_h/D_h the parameters of calibration
        within strata; G = X'DX, m_h = sum of d x, D_h = sum of d in h (CR1: Bell & McCaffrey 2002, Surv. Meth. 28)."""
        nu, q = len(self.stratum) - len(self.sizes), 0.0
        if self.x:
            m, weights = [[0.0] * len(self.totals) for _ in self.sizes], Counter()
            for i in self.rows:
                h = self.stratum[self.unit[i]]
                weights[h] += self.base[i]
                for column in self.x[i]:
                    m[h][column] += self.base[i]
            between = [dot(m[h], [dot(row, m[h]) for row in self.inverse]) / weights[h] for h in weights]
            q = max(self.rank - fsum(between), 0.0)
        return nu / max(nu - q, 1.0) if nu > 1 else 1.0

    def coefficients(self, z):
        """beta = (X'DX)^- X'Dz: how an estimate moves with each population total."""
        right = [0.0] * len(self.totals)
        for i in self.rows:
            for column in self.x[i] if z[i] else ():
                right[column] += self.base[i] * z[i]
        return [dot(row, right) for row in self.inverse]

    def variance(self, z, members):
        """Variance and Satterthwaite's df of an estimate with linearised values z; members: the rows of D.
        e = z - x'beta (Sarndal, Swensson & Wretman 1989, Biometrika 76); u_k = sum of w e in k;
        v_h = n_h/(n_h - 1) sum of (u_k - mean)^2, v = sum of v_h; df = v^2/sum of (v_h^2/(n_h - 1)) (Kott 1994).
        """
        if self.x:
            z = [own * w / c if c else 0.0 for own, w, c in zip(z, self.w, self.calibrated)]  # they differ if trimmed
            beta = self.coefficients(z)
            z = [own - sum(beta[column] for column in x) if d else 0.0 for own, x, d in zip(z, self.x, self.base)]
        u, groups = [0.0] * len(self.stratum), [[] for _ in self.sizes]
        for i in self.rows:
            u[self.unit[i]] += self.calibrated[i] * z[i]
        for h, own in zip(self.stratum, u):
            groups[h].append(own)
        units = range(len(u)) if self.x else {self.unit[i] for i in members}  # a calibration reaches all rows
        touched, grand, parts = {self.stratum[k] for k in units}, fsum(u) / max(len(units), 1), []
        for h, own in enumerate(groups):
            mean, n = fsum(own) / len(own), len(own)
            lonely = (own[0] - grand) ** 2 if self.lonely == "adjust" and h in touched else 0.0
            parts.append(n / (n - 1) * fsum((value - mean) ** 2 for value in own) if n > 1 else lonely)
        v, squares = fsum(parts), fsum(own ** 2 / (max(n, 2) - 1) for own, n in zip(parts, self.sizes))
        average = len(touched) / sum(self.sizes[h] > 1 for h in touched) if self.lonely == "average" else 1.0
        return v * average, v * v / squares if squares else nan


def study_variables(columns, est):
    """The ratios sum w a/sum w b that are added up, as (coefficient, a, b), and what shows that a row has an answer. An
    indicator is the mean over sections of the mean of their items' shares, or of the share with any of the items."""
    missing, counts = est.get("missing", []), est.get("counts", [])
    def yes_no(name):
        value = {cell: None if cell == "" or holds(cell, missing) else float(holds(cell, counts or [1]))
                 for cell in set(columns[name])}
        return [value[cell] for cell in columns[name]]
    def any_of(items):
        return [max((own for own in row if own is not None), default=None) for row in zip(*items)]
    def linear(names, factors):
        rows = zip(*([nan if holds(cell, missing) else number(cell) for cell in columns[name]] for name in some(names)))
        totals = [sum(value * factor for value, factor in zip(row, factors or [1.0] * len(row))) for row in rows]
        return [None if isnan(total) else total for total in totals]
    if est["kind"] == "indicator":
        terms, every, share = [], [], 1 / len(est["sections"])
        for section in est["sections"]:
            items = [yes_no(item) for item in section["items"]]
            is_any, every = section.get("combine") == "any", every + items
            terms += [(share, any_of(items), None)] if is_any else [(share / len(items), item, None) for item in items]
        return terms, any_of(every)
    a = yes_no(some(est["variable"])[0]) if est["kind"] == "proportion" else linear(est["variable"], est.get("factors"))
    b = linear(est["denominator"], est.get("denominator_factors")) if est["kind"] == "ratio" else None
    a = [None if below is None else own for own, below in zip(a, b)] if b else a
    return [(1.0, a, b)], a


def linearised(sample, terms, members):
    """The estimate p = sum of c R, its linearised values z = sum of c (a - R b)/(sum of w b), and for a single ratio
    the variance of a simple random sample of the same n (Sarndal, Swensson & Wretman 1992, 5.5 and 5.6)."""
    w, z, p, srs = sample.w, [0.0] * len(sample.base), 0.0, nan
    for coefficient, a, b in terms:
        b, rows = b or [1.0] * len(a), [i for i in members if a[i] is not None]
        below = fsum(w[i] * b[i] for i in rows)
        if not rows or not below:
            return (nan, [nan] * len(z), nan) if rows else None
        r = fsum(w[i] * a[i] for i in rows) / below
        for i in rows:
            z[i] += coefficient * (a[i] - r * b[i]) / below
        p, n = p + coefficient * r, len(rows)
        if len(terms) == 1 and n > 1:  # s^2/(n mean(b)^2), s^2 = n/(n - 1) sum of w (a - R b)^2/sum of w
            srs = fsum(w[i] * z[i] ** 2 for i in rows) * fsum(w[i] for i in rows) / (n - 1)
    return p, z, srs


def domains(sample, est):
    """The whole, then the levels of each `by` in the order of their labels: (labels, rows with a weight)."""
    columns, where = sample.columns, est.get("where", {})
    inside = [i for i in sample.rows if all(holds(columns[name][i], codes) for name, codes in where.items())]
    yield {}, inside
    for names in map(some, est.get("by", [])):
        labels = list(zip(*(columns[name] for name in names)))
        levels = sorted(label for label in set(labels) if all(label))
        if not any(isnan(number(own)) for label in levels for own in label):
            levels.sort(key=lambda label: list(map(number, label)))
        yield from ((dict(zip(names, own)), [i for i in inside if labels[i] == own]) for own in levels)


def interval(method, p, v, n, df, level, is_bound=False):
    """The two-sided interval of p, or for a verdict both one-sided bounds. Logit: expit(logit p +- t se/(p(1 - p))).
    Korn-Graubard: exact limits at n* = min(n, p(1 - p)/v (t_(n-1)/t_df)^2) (Korn & Graubard 1998; Parker et al. 2017);
    at p = 0 or 1 n* = n, and in a bound n (t_(n-1)/t_df)^2. Others: p +- t se."""
    t, at_edge = critical(level, df), p <= 0 or p >= 1
    if method not in ("korn-graubard", "logit", "t"):
        raise Unknown(f"interval {method}")
    if method == "t":
        return p - t * sqrt(v), p + t * sqrt(v)
    if method == "logit" and not (is_bound and at_edge):
        odds, half = (math.log(p / (1 - p)), t * sqrt(v) / (p * (1 - p))) if not at_edge else (0, 0)
        expit = [1 / (1 + math.exp(min(-own, 700))) for own in (odds - half, odds + half)]
        return (p, p) if at_edge else tuple(expit)
    ratio, half = (critical(level, n - 1) / t) ** 2 if n > 1 else nan, (1 - level) / 2
    size = (n * ratio if is_bound else n) if at_edge else min(n, p * (1 - p) / v * ratio) if v else n
    return beta_quantile(half, size * p, size * (1 - p) + 1), beta_quantile(1 - half, size * p + 1, size * (1 - p))


def decide(target, lower, upper):
    """met or not_met if the one-sided bounds say so, else inconclusive."""
    sign, value = target.split()[0], float(target.split()[1])
    met, not_met = {">=": (lower >= value, upper < value), ">": (lower > value, upper <= value),
                    "<=": (upper <= value, lower > value), "<": (upper < value, lower >= value)}[sign]
    return "met" if met else "not_met" if not_met else "inconclusive"


def presentation(is_share, p, se, n, n_eff, df, width):
    """Whether a figure may be shown, and why not: NCHS for shares (Parker et al. 2017), se/p for others."""
    cv, wide = se / abs(p) if p else inf, width > 0.05
    suppress = {"sample_below_30": min(n, n_eff) < 30, "interval_width_030": width >= 0.3, "relative_width_130":
                wide and width > 1.3 * p > 0} if is_share else {"cv_above_333": cv > 0.333}
    review = {"estimate_at_edge": p <= 0 or p >= 1} if is_share else {
        "sample_below_30": n < 30, "cv_above_165": cv > 0.165}
    note = ["complement_unreliable"] if is_share and wide and width > 1.3 * (1 - p) > 0 else []
    out = [word for word, is_so in suppress.items() if is_so]
    reasons = [word for word, is_so in (review | {"df_below_8": df < 8}).items() if is_so]
    return ("suppress", out) if out else ("review" if reasons else "publish", reasons + note)


def judge(one, alpha):
    """Sets both bounds, each at confidence 1 - alpha, and the verdict from them."""
    one["decision_lower"], one["decision_upper"] = bounds = one["_bounds"](alpha)
    one["verdict"] = "suppressed" if one["presentation"] == "suppress" else decide(one["target"], *bounds)


def estimate(sample, est):
    """One estimate of the specification: the whole, then its domains."""
    known(est, "name kind variable factors denominator denominator_factors counts missing codes sections where by "
          "target level alpha interval df small_sample holm judge_whole_only minimum_rows minimum_sampled")
    if est["kind"] not in (*SHARES, "mean", "ratio"):
        raise Unknown(f"estimate of the kind {est['kind']}")
    (terms, answered), is_share, target = study_variables(sample.columns, est), est["kind"] in SHARES, est.get("target")
    every = []
    for domain, members in domains(sample, est):
        n, units = sum(answered[i] is not None for i in members), {sample.unit[i] for i in members}
        df = len(units) - len({sample.stratum[k] for k in units})
        one = dict.fromkeys(("estimate", "std_error", "lower", "upper", "design_effect", "n_effective"), nan) | {
            "name": est["name"], "domain": domain, "n": n, "df": df, "level": est["level"], "kind": est["kind"],
            "verdict": target and "suppressed", "target": target, "decision_lower": None, "decision_upper": None,
            "p_value": None, "presentation": "suppress", "reasons": []}
        every.append(one)
        found = linearised(sample, terms, members)
        if found is None or df < 1:
            if not domain:
                raise Refused("DF_ZERO" if found else "EMPTY_DOMAIN")
            one |= {"reasons": ["df_zero"], "estimate": found[0]} if found else {"reasons": ["no_answer"]}
            continue
        (p, z, srs), factor = found, sample.small_sample_factor if est.get("small_sample") else 1.0
        v, satterthwaite = sample.variance(z, members)
        is_odds = est["kind"] == "ratio" and est.get("interval") == "logit" and 0 <= p <= 1
        method = est.get("interval", "korn-graubard") if is_share else "logit" if is_odds else "t"
        used = min(satterthwaite, df) if est.get("df") == "satterthwaite" and not isnan(satterthwaite) else df
        limits = functools.partial(interval, method, p, v * factor, n, used)
        lower, upper = limits(est["level"])
        size = (n if p <= 0 or p >= 1 else p * (1 - p) / v if v else inf) if is_share else n * srs / v if v else nan
        one |= {"estimate": p, "std_error": sqrt(v), "df": used, "lower": lower, "upper": upper, "n_effective": size,
                "design_effect": v / srs if srs else nan,
                "_bounds": lambda alpha, limits=limits: limits(1 - 2 * alpha, True)}
        one |= {"variance_factor": factor} if factor != 1 else {}
        nchs = interval("korn-graubard", p, v, n, df, 0.95) if is_share else (0, 0)
        one["presentation"], one["reasons"] = presentation(is_share, p, sqrt(v), n, size, df, nchs[1] - nchs[0])
        if target:
            t = over(p - float(target.split()[1]), sqrt(v * factor))
            one["p_value"] = t_upper(t if target[0] == ">" else -t, used)
            judge(one, est["alpha"])
        if not all(map(math.isfinite, (p, v, lower, upper))):
            one |= {"presentation": "suppress", "verdict": target and "suppressed"}
            one["reasons"].append("not_a_number")
    if est.get("holm"):
        holm(every, est["alpha"])
    return every


def holm(every, alpha):
    """Holm 1979 over the levels of each `by`: P_(k) is the smallest alpha at which the bounds decide; the k-th of m is
    judged at alpha/(m - k + 1), and from the first with a larger P_(k) on all are inconclusive."""
    def smallest(one):
        def decides(log_alpha):
            return decide(one["target"], *one["_bounds"](math.exp(log_alpha))) != "inconclusive"
        low, high = -30.0, math.log(0.499)
        if not decides(high):
            return 1.0
        for _ in range(60):
            low, high = (low, (low + high) / 2) if decides((low + high) / 2) else ((low + high) / 2, high)
        return math.exp(high)
    families = defaultdict(list)
    for at, one in enumerate(every):
        if one["domain"] and one["verdict"] not in (None, "suppressed"):
            families[tuple(one["domain"])].append((smallest(one), at))
    for family in families.values():
        decides = True
        for k, (needed, at) in enumerate(sorted(family)):
            decides = decides and needed <= alpha / (len(family) - k)
            judge(every[at], alpha / (len(family) - k))
            every[at]["verdict"] = every[at]["verdict"] if decides else "inconclusive"
