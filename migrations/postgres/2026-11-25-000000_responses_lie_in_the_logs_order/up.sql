-- Responses are read in the log's order, survey or not; no two can claim one leaf, of whatever survey they are.

-- Whoever reads the tables for long (pg_dump) is waited for no longer than this.
SET LOCAL lock_timeout = '30s';
DROP INDEX response_survey_leaf;
CREATE UNIQUE INDEX response_leaf ON response (leaf_index);

-- Where the responses of a survey by a mode begin and end in the log, so that reading one wave does not pass the others.
ALTER TABLE tally ADD COLUMN first_leaf BIGINT NOT NULL DEFAULT 0;
ALTER TABLE tally ADD COLUMN last_leaf BIGINT NOT NULL DEFAULT -1;
UPDATE tally SET first_leaf = found.first_leaf, last_leaf = found.last_leaf
    FROM (SELECT survey, mode, min(leaf_index) AS first_leaf, max(leaf_index) AS last_leaf FROM response GROUP BY survey, mode) AS found
    WHERE found.survey = tally.survey AND found.mode = tally.mode;
