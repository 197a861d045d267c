-- For SQLite and PostgreSQL alike: ids are TEXT (UUID), times BIGINT microseconds UTC, JSON is TEXT.

CREATE TABLE response (
    id TEXT NOT NULL PRIMARY KEY,
    survey TEXT NOT NULL,
    questionnaire_hash TEXT NOT NULL,
    mode TEXT NOT NULL CHECK (mode IN ('online', 'onsite', 'paper')),
    channel TEXT NOT NULL,
    area TEXT NOT NULL,
    received_at BIGINT NOT NULL,
    started_at BIGINT,
    finished_at BIGINT,
    -- Seconds from start to finish as the device told them.
    duration BIGINT,
    enumerator TEXT NOT NULL,
    device TEXT NOT NULL,
    -- Why a response may need a second look, separated by spaces; it is never deleted for it.
    flags TEXT NOT NULL,
    -- Canonical answers: compact JSON in question order.
    answers TEXT NOT NULL,
    -- 32 random bytes in hexadecimal, known to no one else: without them the leaf's hash cannot be opened by guessing.
    nonce TEXT NOT NULL,
    leaf_index BIGINT NOT NULL
);

-- Scans went by survey in leaf order (the next migration has them go by leaf); unique, so that two responses can never claim one leaf.
CREATE UNIQUE INDEX response_survey_leaf ON response (survey, leaf_index);

-- The response log: append only, dense from 0. A Merkle tree over it proves that nothing was altered.
CREATE TABLE leaf (
    idx BIGINT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    hash TEXT NOT NULL
);

-- Responses by survey and mode, kept with every insert so that a count never scans.
CREATE TABLE tally (
    survey TEXT NOT NULL,
    mode TEXT NOT NULL,
    n BIGINT NOT NULL,
    PRIMARY KEY (survey, mode)
);

-- Keys of the installation, and `leaf_lock`, the row that every writer on PostgreSQL locks.
CREATE TABLE meta (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

INSERT INTO meta (name, value) VALUES ('leaf_lock', '');
