-- A response lies where its leaf says: `INTEGER PRIMARY KEY` is SQLite's own row number (https://sqlite.org/rowidtable.html).
-- Two of the five trees that a response had to be written into are gone with it.

CREATE TABLE response_by_leaf (
    id TEXT NOT NULL UNIQUE,
    survey TEXT NOT NULL,
    questionnaire_hash TEXT NOT NULL,
    -- Not `IN`: SQLite would make a table of the list for every row.
    mode TEXT NOT NULL CHECK (mode = 'online' OR mode = 'onsite' OR mode = 'paper'),
    channel TEXT NOT NULL,
    area TEXT NOT NULL,
    received_at BIGINT NOT NULL,
    started_at BIGINT,
    finished_at BIGINT,
    duration BIGINT,
    enumerator TEXT NOT NULL,
    device TEXT NOT NULL,
    flags TEXT NOT NULL,
    answers TEXT NOT NULL,
    nonce TEXT NOT NULL,
    leaf_index INTEGER PRIMARY KEY
);
INSERT INTO response_by_leaf
    SELECT id, survey, questionnaire_hash, mode, channel, area, received_at, started_at, finished_at, duration,
           enumerator, device, flags, answers, nonce, leaf_index
    FROM response ORDER BY leaf_index;
DROP TABLE response;
ALTER TABLE response_by_leaf RENAME TO response;

CREATE TABLE leaf_by_index (
    idx INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    hash TEXT NOT NULL
);
INSERT INTO leaf_by_index SELECT idx, kind, hash FROM leaf ORDER BY idx;
DROP TABLE leaf;
ALTER TABLE leaf_by_index RENAME TO leaf;

-- Where the responses of a survey by a mode begin and end in the log, so that reading one wave does not pass the others.
ALTER TABLE tally ADD COLUMN first_leaf BIGINT NOT NULL DEFAULT 0;
ALTER TABLE tally ADD COLUMN last_leaf BIGINT NOT NULL DEFAULT -1;
UPDATE tally SET
    first_leaf = coalesce((SELECT min(leaf_index) FROM response
        WHERE response.survey = tally.survey AND response.mode = tally.mode), 0),
    last_leaf = coalesce((SELECT max(leaf_index) FROM response
        WHERE response.survey = tally.survey AND response.mode = tally.mode), -1);
