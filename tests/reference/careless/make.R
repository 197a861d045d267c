# Writes data.csv and expected_r.csv: indices of the R package careless. See README.md.
# Usage: Rscript make.R FOLDER-OF-THE-SOURCE-OF-CARELESS
source_folder <- commandArgs(trailingOnly = TRUE)[1]
for (name in c("evenodd", "psychsyn", "irv")) source(file.path(source_folder, "R", paste0(name, ".R")))
load(file.path(source_folder, "data", "careless_dataset.rda"))
x <- careless_dataset
write.csv(x, "data.csv", row.names = FALSE, quote = FALSE)
holes <- x
for (row in seq(1, nrow(x), by = 4)) {
  for (item in seq_len(ncol(x))) if ((row - 1 + 5 * (item - 1)) %% 9 == 0) holes[row, item] <- NA
}
found <- data.frame(
  even_odd = evenodd(x, rep(5, 10)),
  even_odd_holes = evenodd(holes, rep(5, 10)),
  synonyms = psychsyn(x, resample_na = FALSE),
  synonyms_holes = psychsyn(holes, resample_na = FALSE),
  irv = irv(x)
)
write.csv(format(found, digits = 17, trim = TRUE), "expected_r.csv", row.names = FALSE, quote = FALSE)
