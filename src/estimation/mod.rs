//! Numbers in, numbers out: the survey statistics behind every figure.
