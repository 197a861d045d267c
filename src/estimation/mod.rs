//! Numbers in, numbers out: the survey statistics behind every figure. This page is the methods
//! chapter.
//!
//! The estimates agree with R's `survey` 4.1-1 and 4.5 on every case of `tests/reference/` and on
//! those that `MINYI_VECTORS` names (`cargo test reference`). Where they differ on purpose, the
//! section "Where R is not followed" says so.
//!
//! # The way of a figure
//! [`Columns`] (from a CSV by [`file::read`], or built in memory) and [`Margins`] are values; a
//! [`Spec`] says what is wanted; [`analyse()`] returns an [`Analysis`]. `minyi estimate` and the
//! release call the same function. Below it, a [`design::Design`] is a value and every estimator is
//! a function of it; no option is global.
//!
//! Results are found by their position in the specification, not by their names:
//! [`spec::EstimateIndex`], [`analysis::estimates_of`], [`analysis::find`].
//!
//! # The files
//!
//! | step | files |
//! |---|---|
//! | what is wanted | [`spec`] |
//! | data | [`columns`], [`csv`], [`mod@file`], [`weighting::margins`] |
//! | rows by labels | [`cross_classification`], [`numbering`], [`pairs`], [`domains`] |
//! | how the sample was drawn | [`design`] |
//! | weights | [`weighting`] |
//! | what rows contribute | [`study_variable`], [`influence`] |
//! | estimates | [`moments`], [`rowwise`], [`statistic`] |
//! | variances | [`variance`], [`replicate`] |
//! | more than a single number | [`quantile`], [`crosstab`], [`response_rate`], [`contrast`] |
//! | intervals and verdicts | [`interval`], [`judgement`] |
//! | everything together | [`analysis`], [`blend`] |
//! | before and between samples | [`power`], [`comparison`] |
//! | mathematics | [`distribution`], [`linear_algebra`], [`summation`], [`cut_sums`] |
//!
//! A file imports from the file that defines a thing, and no two files import each other.
//!
//! # Symbols
//! i row (interview), k primary sampling unit (PSU), h stratum, d base weight, w final weight,
//! g = w/d, D a domain, y an answer, x the auxiliaries, T population totals, v variance, se = √v,
//! df degrees of freedom.
//!
//! # Design
//! Strata, units of any number of stages, population sizes per stage ([`design`]). A stratum with
//! one PSU has no spread; that is refused (`LONELY_PSU`) unless a policy is chosen: `certainty` (it
//! adds nothing), `adjust` (compared with the mean of all PSUs, conservative), `average` (the mean
//! of the others). A domain marks rows and never selects them: PSUs without members stay in the
//! variance with zero. df = PSUs − strata among the rows of the domain.
//!
//! # Weights
//! Base weights d ≥ 0; rows with 0 are out of sample. Then, each optional: classes for nonresponse
//! ([`weighting::nonresponse`]), raking ([`weighting::rake`]), calibration with linear, exponential
//! or logit distance and bounds ([`weighting::calibrate`]), post-stratification (raking to one
//! dimension), trimming ([`weighting::trim`]).
//!
//! Raking works on the table of weighting cells and not on rows: the rows are read twice, whatever
//! the number of sweeps. It has converged when at the *end* of a sweep max |Σw − T|/T ≤ 10⁻⁸ over
//! all categories; if it has not, that is an error with the worst category and never a warning.
//! Empty categories, respondents outside the population, zero targets, totals that differ by more
//! than 10⁻⁶, missing weighting variables and infeasible bounds are errors with their places
//! ([`Code`]).
//!
//! # Variance
//! For a statistic with influence u_i (mean: w_i 1_D (y_i − ȳ)/Σ_D w; ratio:
//! w_i (a_i − R b_i)/Σwb; total: w_i y_i)
//!
//! V = Σ_h (1 − f_h) n_h/(n_h − 1) Σ_k (u_hk − ū_h)², u_hk = Σ_{i∈k} u_i ([`variance`]).
//!
//! Calibrated weights know the margins, so what the auxiliaries explain is no error: with z = u/w,
//! e = z − X(X′DX)⁻X′Dz and u ← w e, D the base weights (Särndal, Swensson & Wretman 1989). This is
//! exact for every distance; R's `rake()` approximates it by ten sweeps of unweighted means of the
//! categories (`compat = "r_rake"`). For single-stage designs all estimates of all domains come from
//! few passes over the rows ([`moments`]); [`rowwise`] gives the same numbers for all others.
//! Replicates ([`replicate`]): JK1, JKn, BRR, Fay and the Rao–Wu bootstrap, each recalibrated to the
//! same totals.
//!
//! # Intervals and verdicts
//! A proportion has the Korn–Graubard interval in the form of the NCHS standards; others have t
//! intervals ([`interval`]). With a target, the verdict compares one-sided bounds at α = 0.05
//! ([`judgement`]): *met* if L ≥ p₀, *not met* if U < p₀, else *inconclusive*. Over the levels of a
//! domain Holm's correction can be asked for; the whole is not corrected. At a true share of
//! exactly 0.90, 20,000 simulated samples of clusters (intraclass correlation 0.03, cv of weights
//! 0.4) gave, in per cent (`cargo test --release simulation -- --ignored --nocapture`; simulation
//! error 0.15):
//!
//! | n | df | false met | false not met | 95 % interval covers | suppressed |
//! |---|---|---|---|---|---|
//! | 60 | 4 | 2.87 | 1.43 | 97.88 | 35.29 |
//! | 60 | 10 | 3.06 | 2.12 | 97.11 | 10.44 |
//! | 144 | 10 | 3.90 | 2.88 | 96.81 | 0.17 |
//! | 300 | 20 | 4.36 | 3.54 | 96.31 | 0.00 |
//! | 300 | 40 | 4.20 | 3.62 | 96.10 | 0.00 |
//! | 600 | 40 | 4.45 | 3.99 | 95.74 | 0.00 |
//!
//! So Korn–Graubard is safe: with few degrees of freedom its interval covers more than it promises.
//! Symmetric intervals would say "met" falsely in 7 to 14 % of such samples.
//!
//! # Presentation
//! Proportions after NCHS (Parker et al. 2017): suppress if min(n, n_eff) < 30, or if the interval
//! is 0.30 wide or more, or wider than 0.05 and than 1.3 p; review if p is 0 or 1 or df < 8; a
//! footnote if it is wider than 1.3 (1 − p), which is usual near 0.95. Means, totals and ratios by
//! their cv: publish to 16.5 %, review to 33.3 %, suppress above. Nothing is decided on a
//! suppressed figure. Where every unit of the population is in the sample (fpc = n) there is no
//! sampling error: the interval is the estimate, and a target is met or not.
//!
//! # Tables, rates, comparisons
//! [`crosstab`] tests whether two variables are independent (Rao & Scott); [`response_rate`] gives
//! AAPOR's RR1 to RR6, COOP1 to COOP4, REF1 to REF3 and CON1 to CON3; [`contrast`] compares groups
//! or waves with their covariance; [`comparison`] compares independent waves.
//!
//! # Modes and plans
//! [`blend`] combines a probability sample with volunteers and always gives all three sets of
//! estimates and the differences; [`power`] tells how many interviews a verdict needs.
//!
//! # Data files
//! A cell is empty, or it holds what its column holds ([`Spec::columns`]): a number where numbers
//! are needed or counted, one of the `codes` where the specification lists them. `NA`, `.`, blanks
//! and the like are errors unless `missing` names them, and so is a code that counts and is in no
//! row ([`mod@file`]). Errors name the line of the file and the column.
//!
//! # Same input, same output
//! Sums over rows are exact and rounded once ([`summation`]), so the order of rows and the number
//! of threads cannot change a digit, and a large value takes none from small ones, in its own
//! domain or another. Everything else runs in the order of labels. Weights are from 10⁻¹⁰⁰ to
//! 10¹⁰⁰, so that their squares are numbers; a figure that is not a number is suppressed.
//! Exponentials and
//! logarithms are those of the platform, so two machines may differ in the last digits; what is
//! published is rounded to 12 significant digits. Quantiles by the interpolating rules hf4 to hf9
//! and Shah–Vaish depend on the order of tied rows, as in R; the default rule does not.
//!
//! # Speed
//! `cargo bench --bench estimate [-- ROWS]` makes a file, rakes it to 33 categories, estimates 12
//! items for the whole and 10 counties, measures the phases and compares with `wc -l`;
//! `benches/estimate_by_svy.py` has the Python package svy do the same work on the same file. On 2
//! cores and 1,000,000 rows, in one session: 0.22 s, 18 times `wc -l`, and svy 0.35.0 30.5 s, with
//! equal estimates.
//!
//! # Where R is not followed
//! * Raking that misses a margin, margins with different totals: R is silent, here they are errors.
//! * Logit, arcsine and Wilson intervals at 0 and 100 %: R gives an interval of no width, or NaN;
//!   Korn–Graubard and Wilson use n.
//! * The residual variance after raking is exact by default.
//! * Ties of a cumulative share with p are ties within 10⁻¹²; R leaves them to rounding errors.
//!
//! # Sources
//! Särndal, Swensson & Wretman 1992, *Model Assisted Survey Sampling* (§4.3 several stages, §5.5
//! linearisation, §6.5 calibration); Deville & Särndal 1992, JASA 87; Lumley 2010, *Complex
//! Surveys*; Korn & Graubard 1998, Surv. Meth. 24; Parker et al. 2017, Vital Health Stat 2(175);
//! Rao & Wu 1988, JASA 83; Rao & Scott 1984, Ann. Stat. 12; Woodruff 1952, JASA 47; Valliant, Dever
//! & Kreuter 2018, *Practical Tools for Designing and Weighting Survey Samples*; AAPOR 2023,
//! *Standard Definitions*.

pub mod spec;

pub mod columns;
pub mod csv;
pub mod error;
pub mod file;

pub mod design;
pub mod weighting;

pub mod cross_classification;
pub mod domains;
pub mod numbering;
pub mod pairs;
pub mod study_variable;

pub mod estimated;
pub mod figure;
pub mod influence;
pub mod moments;
pub mod replicate;
pub mod rowwise;
pub mod simple_random;
pub mod statistic;
pub mod variance;

pub mod contrast;
pub mod crosstab;
pub mod quantile;
pub mod response_rate;
pub mod sensitivity;

pub mod interval;
pub mod judgement;

pub mod analysis;
pub mod blend;
pub mod comparison;
pub mod power;

pub mod count;
pub mod cut_sums;
pub mod distribution;
pub mod linear_algebra;
pub mod summation;

pub use analysis::{Analysis, Estimate, analyse};
pub use columns::{Column, Columns};
pub use error::{Code, Error};
pub use judgement::{Presentation, Target, Verdict};
pub use spec::Spec;
pub use weighting::margins::{Margin, Margins};
