-- The PSU of a response gets a column of its own; until now `channel` held it on site. Which responses that concerns is
-- said by the plans of the surveys, so minyi moves the values when it opens the database (src/store/psu.rs).

-- Leaves before this one belong to responses without the column.
INSERT INTO meta (name, value) SELECT 'leaves_without_psu', coalesce(max(idx), -1) + 1 FROM leaf;

-- A new table, since SQLite cannot drop a CHECK. Which modes there are is said by the program.
CREATE TABLE response_with_psu (
    id TEXT NOT NULL,
    survey TEXT NOT NULL,
    questionnaire_hash TEXT NOT NULL,
    mode TEXT NOT NULL,
    -- Which door inside the mode; never a PSU.
    channel TEXT NOT NULL,
    -- The village or neighbourhood committee that the response was drawn in; empty if it was not.
    psu TEXT NOT NULL,
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
INSERT INTO response_with_psu
    SELECT id, survey, questionnaire_hash, mode, channel, '', area, received_at, started_at, finished_at, duration,
           enumerator, device, flags, answers, nonce, leaf_index
    FROM response;
DROP TABLE response;
ALTER TABLE response_with_psu RENAME TO response;
-- After the rows: one pass over the ids instead of a search for each.
CREATE UNIQUE INDEX response_id ON response (id);
