-- Openings, closings and extensions of fieldwork. The newest row of a survey says when it takes
-- responses; a survey without a row follows its questionnaire.
CREATE TABLE fieldwork_change (
    -- `satisfaction-2026`.
    survey TEXT NOT NULL,
    -- `open`, `close` or `extend`.
    what TEXT NOT NULL,
    -- First and last day from then on, in China (UTC+8), `YYYY-MM-DD`.
    opens TEXT NOT NULL,
    closes TEXT NOT NULL,
    reason TEXT NOT NULL,
    -- Who decided it: a staff name, or the user of the machine.
    decided_by TEXT NOT NULL,
    -- Microseconds UTC.
    decided_at BIGINT NOT NULL,
    -- 32 random bytes, hex: the key of the leaf's hash.
    nonce TEXT NOT NULL,
    leaf_index BIGINT NOT NULL,
    PRIMARY KEY (leaf_index)
);
