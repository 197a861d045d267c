-- A questionnaire version may be taken back into use, so a version may have several rows.
ALTER TABLE questionnaire_version RENAME TO questionnaire_version_once;
CREATE TABLE questionnaire_version (
    -- SHA-256 of the canonical form of `source`, hex; in rows of earlier versions, of `source`.
    hash TEXT NOT NULL,
    survey TEXT NOT NULL,
    -- Microseconds UTC: when it was first taken into use, or taken back.
    since BIGINT NOT NULL,
    -- Why it took the place of the version before; empty if there were no responses yet.
    reason TEXT NOT NULL,
    -- questionnaire.toml, with shared scales written out.
    source TEXT NOT NULL,
    -- 32 random bytes, hex: the key of the leaf's hash.
    nonce TEXT NOT NULL,
    leaf_index BIGINT NOT NULL,
    PRIMARY KEY (leaf_index)
);
INSERT INTO questionnaire_version (hash, survey, since, reason, source, nonce, leaf_index)
    SELECT hash, survey, since, reason, source, nonce, leaf_index FROM questionnaire_version_once;
DROP TABLE questionnaire_version_once;
