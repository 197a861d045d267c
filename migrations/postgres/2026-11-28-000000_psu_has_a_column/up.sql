-- The PSU of a response gets a column of its own; until now `channel` held it on site. Which responses that concerns is
-- said by the plans of the surveys, so minyi moves the values when it opens the database (src/store/psu.rs).

-- Readers that hold the tables for long (pg_dump) are waited for no longer than this.
SET LOCAL lock_timeout = '30s';

-- Leaves before this one belong to responses without the column.
INSERT INTO meta (name, value) SELECT 'leaves_without_psu', coalesce(max(idx), -1) + 1 FROM leaf;

-- The village or neighbourhood committee that the response was drawn in; empty if it was not.
ALTER TABLE response ADD COLUMN psu TEXT NOT NULL DEFAULT '';
ALTER TABLE response ALTER COLUMN psu DROP DEFAULT;
-- Which modes there are is said by the program.
ALTER TABLE response DROP CONSTRAINT response_mode_check;
