# Rebuilds every figure of an exported survey with R's `survey` package and compares.
#
#   Rscript tests/reference/published.R FOLDER
#
# FOLDER holds what `minyi export SURVEY -o out.csv` writes, and `out.json` of `minyi estimate`.
# Needs the packages survey and jsonlite. Weights start from out-frame.csv and the answers; no
# weight of the export is used. Prints the number of compared values and the largest relative
# difference with its place; the exit code is 1 if it is above 1e-9.

suppressMessages({
  library(survey)
  library(jsonlite)
})
options(survey.lonely.psu = "adjust", digits = 15)
invisible(Sys.setlocale("LC_COLLATE", "C"))
TOLERANCE <- 1e-9

folder <- commandArgs(trailingOnly = TRUE)[1]
file_in <- function(name) file.path(folder, name)

# ---- Comparison ------------------------------------------------------------------------------

compared <- 0
worst <- list(difference = 0, place = "none")
too_large <- list()

# `scale`: what the difference is relative to, where the values themselves may be near 0.
compare <- function(place, minyi, own, scale = pmax(abs(minyi), abs(own))) {
  if (length(minyi) != length(own)) {
    stop(place, ": ", length(minyi), " values of minyi and ", length(own), " of R")
  }
  compared <<- compared + length(own)
  both_missing <- is.na(minyi) & is.na(own)
  same <- both_missing | (!is.na(minyi) & !is.na(own) & minyi == own)
  difference <- ifelse(same, 0, abs(minyi - own) / scale)
  difference[is.na(difference)] <- Inf
  at <- which.max(difference)
  if (length(at) == 0) return(invisible())
  row <- if (length(own) > 1) paste0("[", at, "]") else ""
  if (difference[at] > worst$difference) {
    worst <<- list(difference = difference[at], place = paste0(place, row))
  }
  if (difference[at] > TOLERANCE) {
    line <- sprintf("%s%s: minyi %.17g, R %.17g, difference %.2e", place, row, minyi[at], own[at],
                    difference[at])
    too_large[[length(too_large) + 1]] <<- line
  }
}

same_text <- function(place, minyi, own) {
  compare(place, as.numeric(minyi == own), rep(1, length(own)))
}

# A number of a JSON object; NA for null.
number <- function(object, key, otherwise = NA_real_) {
  if (is.null(object[[key]])) otherwise else as.numeric(object[[key]])
}

# ---- Files -----------------------------------------------------------------------------------

# The subset of TOML that the `toml` crate writes: tables, arrays of tables, one value per line.
# A value that is no JSON is kept as text: nothing below needs it.
read_toml <- function(path) {
  root <- list()
  at <- list()
  put <- function(node, path, key, value) {
    if (length(path) == 0) {
      node[[key]] <- value
      return(node)
    }
    step <- path[[1]]
    child <- if (is.character(step) && is.null(node[[step]])) list() else node[[step]]
    node[[step]] <- put(child, path[-1], key, value)
    node
  }
  reach <- function(path) {
    node <- root
    for (step in path) {
      if (is.null(node)) return(NULL)
      node <- node[[step]]
    }
    node
  }
  # Names of arrays of tables are followed by the number of their last table.
  resolve <- function(names) {
    path <- list()
    for (name in names) {
      path <- c(path, name)
      node <- reach(path)
      if (is.list(node) && is.null(names(node)) && length(node) > 0) path <- c(path, length(node))
    }
    path
  }
  for (line in readLines(path, encoding = "UTF-8")) {
    line <- trimws(line)
    if (line == "" || startsWith(line, "#")) next
    if (startsWith(line, "[[")) {
      names <- strsplit(gsub("^\\[\\[|\\]\\]$", "", line), ".", fixed = TRUE)[[1]]
      path <- resolve(names[-length(names)])
      last <- names[length(names)]
      known <- reach(c(path, last))
      root <- put(root, path, last, c(known, list(list())))
      at <- c(path, last, length(known) + 1)
    } else if (startsWith(line, "[")) {
      names <- strsplit(gsub("^\\[|\\]$", "", line), ".", fixed = TRUE)[[1]]
      at <- c(resolve(names[-length(names)]), names[length(names)])
    } else {
      key <- trimws(sub("=.*$", "", line))
      text <- trimws(sub("^[^=]*=", "", line))
      value <- tryCatch(fromJSON(text, simplifyVector = FALSE), error = function(error) text)
      root <- put(root, at, key, value)
    }
  }
  root
}

read_table <- function(name) {
  read.csv(file_in(name), colClasses = "character", check.names = FALSE, na.strings = "",
           fileEncoding = "UTF-8-BOM")
}

data <- read_table("out.csv")
spec <- read_toml(file_in("out-spec.toml"))
plan <- read_toml(file_in("out-plan.toml"))
minyi <- fromJSON(file_in("out.json"), simplifyVector = FALSE)
rows <- nrow(data)

# ---- Base weights ----------------------------------------------------------------------------

margins <- NULL
if (!is.null(spec$weighting)) {
  margins <- read_table("out-margins.csv")
  for (column in c("population", "low", "high")) margins[[column]] <- as.numeric(margins[[column]])
}
is_sampled <- data$part == "sampled"
strata <- unlist(plan$design$strata)
category <- if (length(strata) == 0) rep("", rows) else do.call(paste, c(data[strata], sep = "*"))

if (plan$weighting$base == "frame") {
  frame <- read_table("out-frame.csv")
  areas <- read_table("out-areas.csv")
  frame$population <- as.numeric(frame$population)
  # The county of a zone is its parent.
  parent <- areas$parent[match(frame$area, areas$code)]
  is_zone <- areas$kind[match(frame$area, areas$code)] %in% "zone"
  frame$county <- ifelse(is_zone, parent, frame$area)
  frame$stratum <- do.call(paste, c(frame[strata], sep = "*"))
  size <- tapply(frame$population, frame$stratum, sum)
  drawn <- match(data$psu, frame$psu[frame$selected == "1"])
  from <- frame$stratum[frame$selected == "1"][drawn]
  same_text("part", data$part, ifelse(is.na(drawn), "volunteer", "sampled"))
  same_text("stratum", data$stratum,
            ifelse(is.na(drawn), paste0(category, "*volunteer"), paste0(from, "*sampled")))
  same_text("flagged", data$flagged, ifelse(is.na(data$flags), "0", "1"))

  # M_h/(a_h m_k) of the rows that are counted.
  of_frame <- function(counted) {
    weight <- numeric(rows)
    interviews <- table(data$psu[counted])
    reached <- tapply(data$psu[counted], from[counted], function(psu) length(unique(psu)))
    weight[counted] <- size[from[counted]] /
      (reached[from[counted]] * interviews[data$psu[counted]])
    weight
  }
  base_weight <- of_frame(is_sampled)
  base_weight[!is_sampled] <- sum(size) / sum(!is_sampled)
  own_weights <- list(
    base_weight = base_weight,
    onsite_weight = of_frame(is_sampled & data$mode %in% unlist(plan$modes$onsite)),
    unflagged_weight = of_frame(is_sampled & is.na(data$flags))
  )
  figures <- margins[margins$dimension == paste(strata, collapse = "*"), ]
  population <- figures$population[match(category, figures$category)]
  own_weights$pooled_weight <- population / as.vector(table(category)[category])
} else {
  stopifnot(plan$weighting$base == "none")
  own_weights <- list(base_weight = rep(1, rows))
}
for (name in names(own_weights)) compare(name, as.numeric(data[[name]]), own_weights[[name]])

# ---- Study variables -------------------------------------------------------------------------

answers <- function(name) suppressWarnings(as.numeric(data[[name]]))

# 1 or 0, NA outside the base.
counts <- function(estimate, item) {
  answer <- data[[item]]
  answer[answer %in% unlist(estimate$missing)] <- NA
  ifelse(is.na(answer), NA, as.numeric(answer %in% unlist(estimate$counts)))
}

any_counts <- function(estimate, items) {
  each <- sapply(items, function(item) counts(estimate, item))
  ifelse(rowSums(!is.na(each)) == 0, NA, as.numeric(rowSums(each, na.rm = TRUE) > 0))
}

# The ratios that are added up: numerator, denominator, coefficient; and the rows behind them.
study <- function(estimate) {
  ones <- rep(1, rows)
  if (estimate$kind == "indicator") {
    terms <- list()
    share <- 1 / length(estimate$sections)
    for (section in estimate$sections) {
      items <- unlist(section$items)
      if (section$combine == "any") {
        terms <- c(terms, list(list(a = any_counts(estimate, items), b = ones, c = share)))
      } else {
        for (item in items) {
          own <- list(a = counts(estimate, item), b = ones, c = share / length(items))
          terms <- c(terms, list(own))
        }
      }
    }
    items <- unlist(lapply(estimate$sections, function(section) section$items))
    return(list(terms = terms, answered = !is.na(any_counts(estimate, items))))
  }
  variable <- unlist(estimate$variable)
  b <- ones
  if (estimate$kind == "proportion") {
    a <- counts(estimate, variable)
  } else {
    factors <- if (is.null(estimate$factors)) rep(1, length(variable)) else unlist(estimate$factors)
    a <- rowSums(mapply(function(name, factor) answers(name) * factor, variable, factors))
    if (estimate$kind == "ratio") b <- answers(unlist(estimate$denominator))
  }
  a[is.na(b)] <- NA
  list(terms = list(list(a = a, b = b, c = 1)), answered = !is.na(a))
}
studies <- lapply(spec$estimate, study)

# ---- Weighted designs ------------------------------------------------------------------------

# One column per category, without the first of every dimension but the first: full rank.
dummies <- function(data, margins) {
  columns <- list()
  totals <- numeric()
  for (dimension in unique(margins$dimension)) {
    own <- margins[margins$dimension == dimension, ]
    label <- do.call(paste, c(data[strsplit(dimension, "*", fixed = TRUE)[[1]]], sep = "*"))
    kept <- if (length(totals) == 0) seq_len(nrow(own)) else seq_len(nrow(own))[-1]
    for (at in kept) columns[[length(columns) + 1]] <- as.numeric(label == own$category[at])
    totals <- c(totals, own$population[kept])
  }
  names(columns) <- paste0("x", seq_along(columns))
  list(x = as.data.frame(columns), totals = setNames(totals, names(columns)))
}

# The design of some rows: strata, PSUs and base weights, raked to `margins` by survey::calibrate.
weighted <- function(kept, base, margins, stratum = data$stratum, psu = data$psu) {
  kept <- which(kept & base > 0)
  frame <- data.frame(stratum = stratum[kept], psu = psu[kept], base = base[kept])
  own <- list(rows = kept, stratum = frame$stratum, psu = frame$psu, factor = 1)
  if (is.null(margins)) {
    own$design <- svydesign(ids = ~psu, strata = ~stratum, weights = ~base, data = frame)
  } else {
    auxiliary <- dummies(data[kept, ], margins)
    design <- svydesign(ids = ~psu, strata = ~stratum, weights = ~base,
                        data = cbind(frame, auxiliary$x))
    formula <- reformulate(c("0", names(auxiliary$x)))
    own$design <- calibrate(design, formula, auxiliary$totals, calfun = "raking", epsilon = 1e-13,
                            maxit = 200)
    own$factor <- small_sample_factor(as.matrix(auxiliary$x), frame)
  }
  own$weight <- weights(own$design)
  own
}

# The same, or NULL where no weights meet the margins. minyi must have refused them too.
weighted_or_refused <- function(place, is_refused, ...) {
  own <- suppressWarnings(tryCatch(weighted(...), error = function(error) NULL))
  same_text(paste(place, "refused"), is_refused, is.null(own))
  own
}

# v/(v - q) with q = tr(G^-1 W), W the cross-product of deviations from the means of the strata.
small_sample_factor <- function(x, frame) {
  d <- frame$base
  within <- x
  for (rows in split(seq_along(d), frame$stratum)) {
    mean <- colSums(x[rows, , drop = FALSE] * d[rows]) / sum(d[rows])
    within[rows, ] <- sweep(x[rows, , drop = FALSE], 2, mean)
  }
  q <- sum(diag(solve(crossprod(x, x * d), crossprod(within, within * d))))
  degrees <- length(unique(frame$psu)) - length(unique(frame$stratum))
  if (degrees > 1) degrees / max(degrees - q, 1) else 1
}

# Weights of all rows, 0 outside the design.
spread <- function(own) {
  weight <- numeric(rows)
  weight[own$rows] <- own$weight
  weight
}

# ---- Estimates -------------------------------------------------------------------------------

# Everything of one design: a list by name and domain.
estimates_of <- function(own, specs) {
  figures <- list()
  for (at in specs) {
    estimate <- spec$estimate[[at]]
    figures <- c(figures, list(linearised(own, estimate, studies[[at]], NULL, NULL)))
    for (by in estimate$by) {
      by <- unlist(by)
      label <- do.call(paste, c(data[own$rows, by, drop = FALSE], sep = "\r"))
      for (level in sort(unique(label))) {
        figure <- linearised(own, estimate, studies[[at]], by, label == level)
        figures <- c(figures, list(figure))
      }
    }
  }
  # One call for all standard errors: the total of each linearised variable.
  z <- sapply(figures, function(figure) figure$z)
  variance <- diag(as.matrix(vcov(svytotal(z, own$design))))
  strata <- contributions(own, z)
  size <- tapply(own$psu, own$stratum, function(psu) length(unique(psu)))
  size <- as.vector(size[rownames(strata)])
  satterthwaite <- colSums(strata)^2 / colSums(strata^2 / pmax(size - 1, 1))
  if (has_lonely_psu(own) && packageVersion("survey") < "4.5") {
    # Before 4.5 `adjust` centres a stratum with one PSU at 0 and not at the mean of all PSUs.
    variance <- colSums(strata)
  }
  # Both ways to the variance must agree: the degrees of freedom rest on the second.
  stopifnot(all(abs(colSums(strata) - variance) <= 1e-9 * variance | variance < 1e-24))
  for (k in seq_along(figures)) {
    figures[[k]]$z <- NULL
    figures[[k]] <- judged(figures[[k]], variance[k], satterthwaite[k], own$factor)
  }
  holm(figures)
}

has_lonely_psu <- function(own) {
  any(tapply(own$psu, own$stratum, function(psu) length(unique(psu))) == 1)
}

# The estimate and its linearised variable, in the rows of the design.
linearised <- function(own, estimate, study, by, member) {
  w <- own$weight
  is_member <- if (is.null(member)) rep(TRUE, length(w)) else member
  z <- numeric(length(w))
  value <- 0
  srs <- NA
  for (term in study$terms) {
    a <- term$a[own$rows]
    in_base <- is_member & !is.na(a)
    a <- ifelse(in_base, a, 0)
    b <- ifelse(in_base, term$b[own$rows], 0)
    ratio <- sum(w * a) / sum(w * b)
    value <- value + term$c * ratio
    z <- z + term$c * (a - ratio * b) / sum(w * b)
    if (length(study$terms) == 1) {
      n <- sum(in_base)
      size <- sum(w[in_base])
      spread <- n / (n - 1) * sum(w * (a - ratio * b)^2) / size
      srs <- spread / n / (sum(w * b) / size)^2
    }
  }
  units <- length(unique(own$psu[is_member]))
  first <- which(is_member)[1]
  list(
    name = estimate$name, spec = estimate, z = if (anyNA(z)) numeric(length(w)) else z,
    by = by, key = key_of(estimate$name, lapply(setNames(by, by), function(column) {
      data[[column]][own$rows[first]]
    })),
    n = sum(is_member & study$answered[own$rows]), estimate = value, srs = srs,
    design_df = units - length(unique(own$stratum[is_member]))
  )
}

key_of <- function(name, domain) {
  paste(c(name, paste(names(domain), unlist(domain), sep = "=")), collapse = " ")
}

# The variance that each stratum contributes, from residuals by least squares.
contributions <- function(own, z) {
  u <- z * own$weight
  for (step in own$design$postStrata) u <- qr.resid(step$qr, u / step$w) * step$w
  totals <- rowsum(u, paste(own$stratum, own$psu, sep = "\r"))
  stratum <- sub("\r.*$", "", rownames(totals))
  each <- lapply(split(seq_along(stratum), stratum), function(units) {
    own_totals <- totals[units, , drop = FALSE]
    n <- length(units)
    if (n == 1) return((own_totals[1, ] - colMeans(totals))^2)
    apply(own_totals, 2, var) * n
  })
  do.call(rbind, each)
}

is_share <- function(estimate) estimate$kind %in% c("indicator", "proportion")

wald <- function(p, level) p$estimate + c(-1, 1) * qt(0.5 + level / 2, p$df) * sqrt(p$variance)

clopper_pearson <- function(p, n, level) {
  tail <- (1 - level) / 2
  lower <- if (p <= 0) 0 else qbeta(tail, n * p, n * (1 - p) + 1)
  upper <- if (p >= 1) 1 else qbeta(tail, n * p + 1, n * (1 - p), lower.tail = FALSE)
  c(lower, upper)
}

df_ratio <- function(p, level) (qt(0.5 + level / 2, p$n - 1) / qt(0.5 + level / 2, p$df))^2

korn_graubard <- function(p, level) {
  at_edge <- p$estimate <= 0 || p$estimate >= 1
  spread <- p$estimate * (1 - p$estimate)
  size <- if (at_edge) p$n else min(p$n, spread / p$variance * df_ratio(p, level))
  clopper_pearson(p$estimate, size, level)
}

logit <- function(p, level) {
  if (p$estimate <= 0 || p$estimate >= 1) return(rep(p$estimate, 2))
  se <- sqrt(p$variance) / (p$estimate * (1 - p$estimate))
  plogis(qlogis(p$estimate) + c(-1, 1) * qt(0.5 + level / 2, p$df) * se)
}

method_of <- function(estimate, p) {
  is_logit_ratio <- estimate$kind == "ratio" && identical(estimate$interval, "logit") &&
    p$estimate >= 0 && p$estimate <= 1
  if (is_share(estimate) && is.null(estimate$interval)) return("korn-graubard")
  if (is_share(estimate) || is_logit_ratio) estimate$interval else "wald"
}

interval <- function(estimate, p, level) {
  switch(method_of(estimate, p), "wald" = wald(p, level), "logit" = logit(p, level),
         "korn-graubard" = korn_graubard(p, level), stop("no such interval"))
}

# One-sided bounds at `alpha`.
bounds <- function(estimate, p, alpha) {
  level <- 1 - 2 * alpha
  if (method_of(estimate, p) == "wald") return(wald(p, level))
  if (p$estimate <= 0 || p$estimate >= 1) {
    return(clopper_pearson(p$estimate, p$n * df_ratio(p, level), level))
  }
  interval(estimate, p, level)
}

target_of <- function(estimate) {
  if (is.null(estimate$target)) return(NA)
  stopifnot(startsWith(estimate$target, ">= "))
  as.numeric(sub(">= ", "", estimate$target, fixed = TRUE))
}

judged <- function(figure, variance, satterthwaite, factor) {
  estimate <- figure$spec
  empty <- figure$n == 0 || is.na(figure$estimate)
  if (empty || figure$design_df < 1) {
    figure$df <- figure$design_df
    if (empty) figure$estimate <- NA
    return(figure)
  }
  figure$std_error <- sqrt(variance)
  figure$variance_factor <- if (isTRUE(estimate$small_sample)) factor else 1
  use <- identical(estimate$df, "satterthwaite") && is.finite(satterthwaite)
  figure$df <- if (use) min(satterthwaite, figure$design_df) else figure$design_df
  p <- list(estimate = figure$estimate, variance = variance * figure$variance_factor,
            n = figure$n, df = figure$df)
  figure$p <- p
  ends <- interval(estimate, p, estimate$level)
  figure$lower <- ends[1]
  figure$upper <- ends[2]
  figure$design_effect <- variance / figure$srs
  at_edge <- figure$estimate <= 0 || figure$estimate >= 1
  figure$n_effective <- if (!is_share(estimate)) figure$n * figure$srs / variance
    else if (at_edge) figure$n else figure$estimate * (1 - figure$estimate) / variance
  target <- target_of(estimate)
  if (!is.na(target)) {
    ends <- bounds(estimate, p, estimate$alpha)
    figure$decision_lower <- ends[1]
    figure$decision_upper <- ends[2]
    figure$p_value <- pt((figure$estimate - target) / sqrt(p$variance), p$df, lower.tail = FALSE)
  }
  figure
}

# The smallest alpha, 1e-13 to 0.499, at which the bounds decide; 1 if none does.
smallest_alpha <- function(figure) {
  target <- target_of(figure$spec)
  decides <- function(log_alpha) {
    ends <- bounds(figure$spec, figure$p, exp(log_alpha))
    ends[1] >= target || ends[2] < target
  }
  ends <- c(-30, log(0.499))
  if (!decides(ends[2])) return(1)
  for (step in 1:60) {
    middle <- mean(ends)
    if (decides(middle)) ends[2] <- middle else ends[1] <- middle
  }
  exp(ends[2])
}

# Figures whose verdict is suppressed before Holm's correction; the presentation is not rebuilt.
suppressed <- character()

# The bounds of the k-th of m domains, in the order of P, are at alpha/(m - k + 1).
holm <- function(figures) {
  family <- sapply(figures, function(figure) {
    counts <- isTRUE(figure$spec$holm) && !is.null(figure$by) && !is.null(figure$p) &&
      !(figure$key %in% suppressed)
    if (counts) paste(figure$name, paste(figure$by, collapse = "*")) else NA
  })
  for (own in unique(family[!is.na(family)])) {
    at <- which(family == own)
    at <- at[order(sapply(figures[at], smallest_alpha))]
    for (k in seq_along(at)) {
      figure <- figures[[at[k]]]
      ends <- bounds(figure$spec, figure$p, figure$spec$alpha / (length(at) - k + 1))
      figures[[at[k]]]$decision_lower <- ends[1]
      figures[[at[k]]]$decision_upper <- ends[2]
    }
  }
  figures
}

# Rebuilds the figures of a list of minyi's and compares number by number.
compare_figures <- function(place, own, theirs, specs = seq_along(spec$estimate)) {
  keys <- sapply(theirs, function(figure) key_of(figure$name, figure$domain))
  is_out <- sapply(theirs, function(figure) figure$presentation == "suppress")
  suppressed <<- keys[is_out]
  figures <- estimates_of(own, specs)
  compare(paste(place, "number of figures"), length(theirs), length(figures))
  for (figure in figures) {
    other <- theirs[[match(figure$key, keys)]]
    at <- function(key) paste(place, figure$key, key)
    for (key in c("n", "estimate", "std_error", "df", "lower", "upper", "design_effect",
                  "n_effective", "decision_lower", "decision_upper", "p_value")) {
      compare(at(key), number(other, key), number(figure, key))
    }
    compare(at("variance_factor"), number(other, "variance_factor", 1),
            number(figure, "variance_factor", 1))
  }
  invisible(setNames(figures, sapply(figures, function(figure) figure$key)))
}

# Kish's design effect and the range of the weights.
compare_weighting <- function(own) {
  w <- own$weight
  g <- w / own$design$variables$base
  kish <- length(w) * sum(w^2) / sum(w)^2
  report <- c(kish_deff = kish, n_effective = length(w) / kish, min_g = min(g), max_g = max(g),
              n = length(w), sum = sum(w), min_weight = min(w), max_weight = max(w))
  for (key in names(report)) {
    compare(paste("weighting", key), number(minyi$weighting, key), report[[key]])
  }
}

# ---- The published sample --------------------------------------------------------------------

everyone <- rep(TRUE, rows)
kept <- if (is.null(spec$blend)) everyone else is_sampled
reference <- weighted(kept, own_weights$base_weight, margins)
compare("weight", as.numeric(data$weight), spread(reference))
if (!is.null(minyi$weighting)) compare_weighting(reference)
reference_figures <- compare_figures("estimates", reference, minyi$estimates)

# Estimates of one ratio once more, by svyratio itself: this checks the linearised variables above.
compare_ratios <- function() {
  centres_at_zero <- packageVersion("survey") < "4.5" && has_lonely_psu(reference)
  keys <- sapply(minyi$estimates, function(figure) key_of(figure$name, figure$domain))
  for (at in which(sapply(studies, function(study) length(study$terms) == 1))) {
    key <- key_of(spec$estimate[[at]]$name, NULL)
    theirs <- minyi$estimates[[match(key, keys)]]
    a <- studies[[at]]$terms[[1]]$a[reference$rows]
    b <- studies[[at]]$terms[[1]]$b[reference$rows]
    in_base <- !is.na(a)
    a[!in_base] <- 0
    b[!in_base] <- 0
    design <- update(reference$design, a = a, b = b, in_base = in_base)
    ratio <- svyratio(~a, ~b, subset(design, in_base))
    compare(paste("svyratio", key), number(theirs, "estimate"), as.numeric(coef(ratio)))
    if (centres_at_zero) next
    compare(paste("svyratio std_error", key), number(theirs, "std_error"), as.numeric(SE(ratio)))
  }
}
compare_ratios()

# ---- Volunteers and blend --------------------------------------------------------------------

# Strata of volunteers; one with a single volunteer joins the largest.
volunteer_stratum <- function() {
  stratum <- data$stratum
  sizes <- table(stratum[!is_sampled])
  sizes <- sizes[sort(names(sizes))]
  largest <- names(sizes)[max(which(sizes == max(sizes)))]
  alone <- !is_sampled & stratum %in% names(sizes)[sizes < 2]
  ifelse(alone, largest, stratum)
}

compare_blend <- function() {
  stopifnot(spec$blend$publish == "reference", spec$blend$factor == "bias_aware")
  compare_figures("blend.reference", reference, minyi$blend$reference)
  totals <- margins[c("dimension", "category", "population")]
  for (name in unlist(spec$blend$calibrators)) {
    sums <- tapply(reference$weight, data[[name]][reference$rows], sum)
    own <- data.frame(dimension = name, category = names(sums), population = as.vector(sums))
    totals <- rbind(totals, own)
  }
  stratum <- volunteer_stratum()
  psu <- ifelse(is_sampled, paste("psu", data$psu), paste("row", seq_len(rows)))
  base <- own_weights[[spec$blend$volunteer_weight]]
  refused <- !is.null(minyi$blend$volunteer_refused)
  volunteer <- weighted_or_refused("blend.volunteer", refused, !is_sampled, base, totals, stratum,
                                   psu)
  if (is.null(volunteer)) {
    # There is nothing to blend.
    compare_figures("blend.blended", reference, minyi$blend$blended)
    compare("blend.volunteer", length(minyi$blend$volunteer), 0)
    return(invisible())
  }
  volunteer_figures <- compare_figures("blend.volunteer", volunteer, minyi$blend$volunteer)

  # Lambda from the shares for the whole.
  terms <- sapply(names(reference_figures), function(key) {
    own <- reference_figures[[key]]
    other <- volunteer_figures[[key]]
    counts <- is_share(own$spec) && is.null(own$by) && !is.null(other)
    if (!counts) return(rep(NA_real_, 3))
    v <- c(own$std_error^2, other$std_error^2)
    c(v, max(0, (other$estimate - own$estimate)^2 - sum(v)))
  })
  means <- rowMeans(terms, na.rm = TRUE)
  has_shares <- !is.nan(means[1])
  lambda <- if (has_shares) sum(means[2:3]) / sum(means) else 1
  compare("blend.bias_aware_factor", number(minyi$blend, "bias_aware_factor"), lambda)
  compare("blend.factor", as.numeric(minyi$blend$factor[[1]]), lambda)
  compare("blend.typical_bias", number(minyi$blend, "typical_bias"),
          if (has_shares) unname(sqrt(means[3])) else 0)

  pooled <- spread(reference) * lambda + spread(volunteer) * (1 - lambda)
  blended <- weighted(everyone, pooled, totals, stratum, psu)
  compare_figures("blend.blended", blended, minyi$blend$blended)

  for (theirs in minyi$blend$differences) {
    key <- key_of(theirs$name, theirs$domain)
    own <- reference_figures[[key]]
    other <- volunteer_figures[[key]]
    place <- paste("blend.differences", key)
    difference <- other$estimate - own$estimate
    std_error <- sqrt(number(own, "std_error")^2 + number(other, "std_error")^2)
    df <- own$df + other$df
    # A difference near 0 has lost digits, so it is compared on the scale of the estimates.
    compare(place, number(theirs, "difference"), difference, scale = abs(own$estimate))
    compare(paste(place, "std_error"), number(theirs, "std_error"), std_error)
    compare(paste(place, "df"), number(theirs, "df"), df)
    p_value <- 2 * pt(-abs(difference / std_error), df)
    compare(paste(place, "p_value"), number(theirs, "p_value"), p_value, scale = 1)
  }
}

# ---- Scenarios -------------------------------------------------------------------------------

chosen_margins <- function(choice) {
  if (is.null(choice)) return(margins)
  for (dimension in unique(margins$dimension)) {
    at <- margins$dimension == dimension
    figure <- margins[[choice]][at]
    free <- is.na(figure)
    old <- margins$population[at]
    figure[free] <- old[free] * (sum(old) - sum(figure[!free])) / sum(old[free])
    margins$population[at] <- figure
  }
  margins
}

# Weights above `upper` are cut, what is cut is spread equally over the others, again and again.
trimmed <- function(w, upper) {
  cut <- rep(FALSE, length(w))
  while (any(w > upper & !cut)) {
    cut <- cut | w > upper
    excess <- sum(w - pmin(w, upper))
    w <- ifelse(cut, upper, w + excess / sum(!cut))
  }
  w
}

compare_scenario <- function(scenario, theirs) {
  kept <- everyone
  for (column in names(scenario$keep)) {
    kept <- kept & data[[column]] %in% unlist(scenario$keep[[column]])
  }
  place <- paste0("sensitivity.", scenario$name)
  compare(paste(place, "rows"), number(theirs, "rows"), sum(kept))
  chosen <- chosen_margins(scenario$margins)
  own <- weighted_or_refused(place, !is.null(theirs$refused), kept,
                             own_weights[[scenario$weight]], chosen)
  if (is.null(own)) return(invisible())
  if (!is.null(scenario$trim)) {
    total <- sum(chosen$population[chosen$dimension == chosen$dimension[1]])
    own$weight <- trimmed(own$weight, scenario$trim * total / sum(kept))
    # As survey::trimWeights: the calibration stays in the variance.
    own$design$prob <- 1 / own$weight
  }
  names <- sapply(spec$estimate, function(estimate) estimate$name)
  specs <- which(names %in% unlist(spec$sensitivity$estimates))
  all <- spec$estimate
  for (at in specs) spec$estimate[[at]][c("by", "holm")] <<- NULL
  compare_figures(place, own, theirs$estimates, specs)
  spec$estimate <<- all
}

if (!is.null(spec$blend)) compare_blend()
if (!is.null(spec$sensitivity)) {
  for (at in seq_along(spec$sensitivity$scenario)) {
    compare_scenario(spec$sensitivity$scenario[[at]], minyi$sensitivity$scenarios[[at]])
  }
}

# ---- Tipping points --------------------------------------------------------------------------

decide <- function(target, lower, upper) {
  if (lower >= target) "met" else if (upper < target) "not_met" else "inconclusive"
}

# The margin that moves least until the verdict changes, and the forms that would do it.
compare_tipping <- function(theirs) {
  place <- paste("sensitivity.tipping", theirs$name)
  names <- sapply(spec$estimate, function(estimate) estimate$name)
  estimate <- spec$estimate[[match(theirs$name, names)]]
  figure <- reference_figures[[key_of(theirs$name, NULL)]]
  target <- target_of(estimate)
  same_text(place, theirs$verdict, decide(target, figure$decision_lower, figure$decision_upper))
  # A bound that crosses the target always changes the verdict.
  shifts <- target - c(figure$decision_lower, figure$decision_upper)

  # Regression of the linearised variable on the categories: people by category to the estimate.
  auxiliary <- dummies(data[reference$rows, ], margins)
  x <- as.matrix(auxiliary$x)
  d <- reference$design$variables$base
  z <- linearised(reference, estimate, studies[[match(theirs$name, names)]], NULL, NULL)$z
  beta <- numeric(nrow(margins))
  first <- !duplicated(margins$dimension)
  first[margins$dimension == margins$dimension[1]] <- FALSE
  beta[!first] <- solve(crossprod(x, x * d), crossprod(x, d * z))
  total <- sum(margins$population[margins$dimension == margins$dimension[1]])
  share <- margins$population / total
  best <- list(move = Inf)
  for (at in seq_along(share)) {
    others <- margins$dimension == margins$dimension[at] & seq_along(share) != at
    slope <- total * (beta[at] - sum(beta[others] * share[others]) / (1 - share[at]))
    for (move in shifts / slope) {
      is_possible <- share[at] + move >= 0 && share[at] + move <= 1
      if (is_possible && abs(move) < best$move) {
        best <- list(move = abs(move), at = at, to = share[at] + move)
      }
    }
  }
  same_text(paste(place, "has margin"), !is.null(theirs$margin), !is.null(best$at))
  if (!is.null(best$at)) {
    own <- paste(margins$dimension[best$at], margins$category[best$at])
    same_text(paste(place, "margin"), paste(theirs$margin$dimension, theirs$margin$category), own)
    compare(paste(place, "share"), number(theirs$margin, "share"), share[best$at])
    compare(paste(place, "tipping_share"), number(theirs$margin, "tipping_share"), best$to)
  }

  # k forms among n move the mean by k/(n + k) * (1 - mean).
  shift <- min(c(shifts[shifts > 0], Inf))
  forms <- if (shift < 1 - figure$estimate) {
    ceiling(rows * shift / (1 - figure$estimate - shift))
  } else {
    NA
  }
  compare(paste(place, "pooled forms"), number(theirs$fabrication, "pooled"), forms)
  compare(paste(place, "volunteers"), number(theirs$fabrication, "volunteers"), sum(!is_sampled))
}
for (theirs in minyi$sensitivity$tipping) compare_tipping(theirs)

# ---- Result ----------------------------------------------------------------------------------

for (line in head(too_large, 40)) cat(line, "\n", sep = "")
cat(sprintf("%d values compared, %d above %.0e; largest relative difference %.2e at %s\n", compared,
            length(too_large), TOLERANCE, worst$difference, worst$place))
quit(status = if (length(too_large) > 0) 1 else 0)
