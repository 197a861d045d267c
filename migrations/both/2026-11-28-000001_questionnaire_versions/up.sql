-- The instruments as they were answered: what `response.questionnaire_hash` names.
CREATE TABLE questionnaire_version (
    -- SHA-256 of `source`, hex.
    hash TEXT NOT NULL,
    survey TEXT NOT NULL,
    -- Microseconds UTC: when a server first took it for its survey.
    since BIGINT NOT NULL,
    -- Why it took the place of the version before; empty for the first.
    reason TEXT NOT NULL,
    -- questionnaire.toml, with shared scales written out.
    source TEXT NOT NULL,
    -- 32 random bytes, hex: the key of the leaf's hash.
    nonce TEXT NOT NULL,
    leaf_index BIGINT NOT NULL,
    PRIMARY KEY (survey, hash)
);
