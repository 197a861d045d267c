//! All linear estimates from one pass over the rows.
//!
//! With z = (a − R b)/B̂ the linearised value of a ratio R on a domain D, the residual of a
//! calibrated
//! estimate is e = z − x'β with β = (X'DX)⁻X'Dz, and the total of w·e in PSU k is
//!
//! u_k = [Σ_{k∩D} w a − R Σ_{k∩D} w b]/B̂ − (Σ_k w x)'β.
//!
//! So the rows are needed only for Σwa and Σwb by (PSU, domain), Σda and Σdb by (weighting cell,
//! domain), and Σwx by PSU. Domains are columns of these tables, not further passes: cost grows
//! with
//! rows × items, plus cells, not with domains. All sums over rows are exact
//! ([`super::summation`]), so they do not depend on the order of rows or the number of threads, and
//! no large value takes digits from small ones.

mod estimator;
mod figure;
mod occurring;
mod pass;
mod place;
mod shares;
mod table;
mod totals;
mod values;

pub use estimator::{Moments, serves};
pub use figure::{Domain, Figure, in_range};
