-- A response lies where its leaf says: `INTEGER PRIMARY KEY` is SQLite's own row number (https://sqlite.org/rowidtable.html).
-- Two of the five trees that a response had to be written into are gone with it.

CREATE TABLE response_by_leaf (
    id TEXT NOT NULL,
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
    FROM response;
DROP TABLE response;
ALTER TABLE response_by_leaf RENAME TO response;
-- After the rows: in one pass over the ids instead of a search for each.
CREATE UNIQUE INDEX response_id ON response (id);

CREATE TABLE leaf_by_index (
    idx INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    hash TEXT NOT NULL
);
INSERT INTO leaf_by_index SELECT idx, kind, hash FROM leaf;
DROP TABLE leaf;
ALTER TABLE leaf_by_index RENAME TO leaf;

-- Where the responses of a survey by a mode begin and end in the log, so that reading one wave does not pass the others.
ALTER TABLE tally ADD COLUMN first_leaf BIGINT NOT NULL DEFAULT 0;
ALTER TABLE tally ADD COLUMN last_leaf BIGINT NOT NULL DEFAULT -1;
UPDATE tally SET first_leaf = found.first_leaf, last_leaf = found.last_leaf
    FROM (SELECT survey, mode, min(leaf_index) AS first_leaf, max(leaf_index) AS last_leaf FROM response GROUP BY survey, mode) AS found
    WHERE found.survey = tally.survey AND found.mode = tally.mode;
