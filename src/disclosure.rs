//! Which figures may be shown: small cells, complementary suppression, rounding.
