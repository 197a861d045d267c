-- Responses are read in the log's order, survey or not; no two can claim one leaf, of whatever survey they are.

DROP INDEX response_survey_leaf;
CREATE UNIQUE INDEX response_leaf ON response (leaf_index);

-- Where the responses of a survey by a mode begin and end in the log, so that reading one wave does not pass the others.
ALTER TABLE tally ADD COLUMN first_leaf BIGINT NOT NULL DEFAULT 0;
ALTER TABLE tally ADD COLUMN last_leaf BIGINT NOT NULL DEFAULT -1;
UPDATE tally SET
    first_leaf = coalesce((SELECT min(leaf_index) FROM response
        WHERE response.survey = tally.survey AND response.mode = tally.mode), 0),
    last_leaf = coalesce((SELECT max(leaf_index) FROM response
        WHERE response.survey = tally.survey AND response.mode = tally.mode), -1);
