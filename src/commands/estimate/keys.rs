//! The help of `minyi estimate`: examples, and every key of a specification.

/// Examples, and what the exit codes mean.
macro_rules! examples {
    () => {
        "\
Examples:
  minyi estimate --data answers.csv --spec spec.toml
  minyi estimate --data answers.csv --spec spec.toml --format table

A specification:
  [design]
  weight = \"w\"
  strata = \"stratum\"
  psu = \"psu\"

  [weighting]
  method = \"rake\"
  margins = \"margins.csv\"        # beside the specification

  [[estimate]]
  name = \"satisfied\"
  kind = \"proportion\"
  variable = \"s1\"
  counts = [4, 5]
  by = [\"county\"]
  target = \">= 0.90\"

An empty cell is a missing value. In a numeric column, or one whose counts are numbers, every other
cell must be a number. NA and similar texts are errors unless `missing` lists them. Every code of
`counts` must occur, unless the estimate lists all `codes`.

Exit code 0: results on standard output. 1: the data or the specification is at fault; what and
where, as {\"error\": {\"code\", \"message\", \"detail\"}}."
    };
}

/// What `-h` says after the arguments.
pub(super) const EXAMPLES: &str = concat!(
    examples!(),
    "\n`minyi estimate --help` explains every key of a specification."
);

/// What `--help` says after the arguments.
pub(super) const HELP: &str = concat!(
    examples!(),
    "\n\n\
KEYS OF A SPECIFICATION

Before [design]
  missing               Texts that are missing values in every column, besides empty cells:
                        missing = [\"NA\", \".\"]

[keep]: rows that the figures rest on; the others are as if they were not in the data
  COLUMN                Code or codes that are kept: held = \"0\". Default: all rows

[design]: how the sample was drawn
  weight                Column of base weights (inverse inclusion probabilities); rows with 0 are
                        out of sample. Default: 1
  strata                Column of the strata, or a list that is cross-classified
  psu                   Column of the primary sampling units; a list gives the units of every
                        stage. Default: every row is one
  fpc                   Column of the number of units in the stratum's population (or of sampling
                        fractions, if none exceeds 1), one per stage. Default: infinite
  nest                  true: PSU codes start again in every stratum. Default: false
  lonely_psu            A stratum with one PSU: fail (default), certainty, remove, adjust, average
  adjust_domain_lonely  true: adjust also where only the domain has one PSU. Default: false

[weighting]: from base weights to final weights
  method                rake, calibrate or poststratify
  margins               CSV file beside the specification: dimension,category,population, and
                        low,high where a figure is assumed
  dimensions            Dimensions of the margins to use. Default: all
  bounds                [smallest, largest] final over base weight
  distance              Of calibrate: linear (default), exponential, logit
  max_sweeps            Largest number of sweeps or steps. Default: 200
  tolerance             Largest relative misfit of a margin. Default: 1e-8
  rescale_margins       true: scale all dimensions to the total of the first. Default: false
  partial               true: poststratify without the categories that nobody is in
  compat                Variance as in another program: r_rake, fixed_weights
  trim                  { upper, lower, strict }: limits of the weights; strict repeats until none
                        is outside
  nonresponse           { respondent, classes }: column that is 1 for respondents and 0 for
                        nonrespondents, and the columns whose cross-classification gives the classes

[replicates]: variances from replicate weights instead of linearisation
  method                jk1, jkn, brr, fay or bootstrap
  count                 Bootstrap replicates. Default: 200
  seed                  Seed of the bootstrap. Default: 0
  rho                   Fay's factor, 0 to 1. Default: 0.3
  mse                   true: distances from the full-sample estimate. Default: false

[blend]: a probability sample and volunteers
  mode                  Column that tells them apart
  reference             Codes of the probability sample
  volunteer             Codes of the volunteers
  publish               blended (default), reference or volunteer
  factor                Share of the probability sample: effective_size (default), bias_aware, or
                        { fixed = 0.7 }
  factor_by             Column within whose levels the share is found
  calibrators           Columns of behaviour whose totals from the probability sample bind the rest
  mode_effect           Difference between the modes that is flagged. Default: 0.05
  volunteer_weight      Column of the volunteers' base weights. Default: equal weights

[[estimate]]: one thing to estimate, for the whole and for domains
  name                  Name in the output
  kind                  proportion, mean, total, ratio, quantile, indicator, crosstab,
                        response_rates or contrast
  variable              Column; a list is added up with factors. crosstab: [rows, columns].
                        response_rates: the column of dispositions
  factors               One factor per variable. Default: 1
  denominator           Column(s) of the denominator of a ratio, or of a contrast of ratios
  denominator_factors   One factor per column of the denominator. Default: 1
  counts                Codes that count, of a proportion, an indicator or a contrast of shares.
                        Default of a proportion: 1, in a column of 0 and 1
  missing               Codes outside the base, besides empty cells: [\"NA\", 9]
  codes                 All other codes of the variables: [1, 2, 3, 4, 5]. With it, a code that
                        counts may be in no row. Default: any code
  sections              Of an indicator: [{ code, items, combine }]; combine is mean (default) of
                        the items' shares, or any: the share with at least one item
  probs                 Of a quantile: probabilities. Default: 0.5
  quantile_rule         math (default), school, shahvaish, hf1 to hf9
  coefficients          Of a contrast: { \"2025\" = -1, \"2026\" = 1 }, levels of the column by
  e                     Of response_rates: share of the cases of unknown eligibility taken as
                        eligible. Default: the share among the cases of known eligibility
  where                 { column = code or codes }: restriction to these rows, as a domain
  by                    Domains: a list of columns, or of lists that are cross-classified. Of a
                        contrast: the one column of its groups
  target                \">= 0.90\", also <=, < and >; gives a verdict
  level                 Confidence of the interval. Default: 0.95
  alpha                 Error probability of each side of the verdict. Default: 0.05
  interval              Of a proportion or indicator: korn-graubard (default), logit, wilson, wald,
                        beta, arcsine, likelihood. Of a ratio: wald (default), logit
  df                    design (default): PSUs - strata; satterthwaite: fewer where few strata carry
                        most of the variance
  small_sample          true: variance times v/(v - q) in interval and verdict, v = PSUs - strata,
                        q = calibration parameters within strata. Default: false
  holm                  true: Holm's correction of the verdicts over the levels of a domain
  judge_whole_only      true: no verdicts for the levels of a domain. Default: false
  minimum_rows          Fewest rows of the data for a verdict. Default: any number
  minimum_sampled       Fewest rows of the probability sample for a verdict. Default: any number

[sensitivity]: the estimates again under other choices, and tipping points of their verdicts
  estimates             Names of the estimates
  scenario              [[sensitivity.scenario]]: name; keep = { column = codes }: rows that are
                        kept; weight: column of base weights; margins: population (default), low or
                        high; trim: largest weight as a multiple of the mean weight; every_row: true:
                        the rows that [keep] leaves out are in the data too; publish: blended,
                        reference or volunteer: that set of the [blend]. Default: one sample

KINDS
  crosstab              Two-way table: weighted totals, shares and shares of each row with standard
                        errors, and tests of independence: Rao and Scott's second-order (F) and
                        first-order (chi-square) corrections, their saddle point, Wald, adjusted
                        Wald. JSON: \"crosstabs\"
  response_rates        AAPOR's RR1 to RR6, COOP1 to COOP4, REF1 to REF3 and CON1 to CON3,
                        unweighted and with base weights, from final dispositions: I complete, P
                        partial, R refusal, NC no contact, O other, UH and UO unknown, NE not
                        eligible. JSON: \"response_rates\"
  contrast              Sum of coefficient times the estimate of each group, with the covariance
                        between groups: the mean of variable, the share that counts, or the ratio to
                        denominator. JSON: \"contrasts\""
);
