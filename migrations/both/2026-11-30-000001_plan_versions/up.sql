-- The plans by which figures were made. One row when a plan is fixed, one when another takes its place.
CREATE TABLE plan_version (
    survey TEXT NOT NULL,
    -- SHA-256, hex, of plan.toml in canonical form, population.csv and frame.csv.
    hash TEXT NOT NULL,
    -- Microseconds UTC: when it was fixed.
    since BIGINT NOT NULL,
    -- Why it took the place of the plan before; empty if there were no responses yet.
    reason TEXT NOT NULL,
    -- The three files, as a JSON object.
    source TEXT NOT NULL,
    -- The headline figures under the plan before, when this one took its place, as JSON; empty if
    -- there were none.
    figures TEXT NOT NULL,
    -- 32 random bytes, hex: the key of the leaf's hash.
    nonce TEXT NOT NULL,
    leaf_index BIGINT NOT NULL,
    PRIMARY KEY (leaf_index)
);
