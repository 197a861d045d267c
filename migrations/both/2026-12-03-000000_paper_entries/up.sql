-- What people typed from paper forms. A row is never changed: a form that was typed under a wrong
-- number is withdrawn by another row.
CREATE TABLE paper_entry (
    -- `satisfaction-2026`.
    survey TEXT NOT NULL,
    -- The number of the form.
    form TEXT NOT NULL,
    -- `entered` or `withdrawn`.
    event TEXT NOT NULL,
    -- The name of the account that typed, or that withdrew.
    typist TEXT NOT NULL,
    -- Hash of the questionnaire version that is printed on the form.
    version TEXT NOT NULL,
    psu TEXT NOT NULL,
    -- The interviewer, as on the form.
    enumerator TEXT NOT NULL,
    -- Date of the interview, with a time if the form has one: `2026-06-01 09:30`, in Beijing.
    started_at TEXT NOT NULL,
    -- Canonical answers, JSON.
    answers TEXT NOT NULL,
    -- Seconds that the typing took, as the page counted them; 0 if it did not.
    seconds BIGINT NOT NULL,
    -- Microseconds UTC.
    entered_at BIGINT NOT NULL,
    -- 32 random bytes, hex: the key of the leaf's hash.
    nonce TEXT NOT NULL,
    leaf_index BIGINT NOT NULL,
    PRIMARY KEY (leaf_index)
);

CREATE INDEX paper_entry_form ON paper_entry (survey, form);

-- That two entries of a form agree, or what was decided where they differ.
CREATE TABLE paper_settlement (
    survey TEXT NOT NULL,
    form TEXT NOT NULL,
    -- The name of the account that decided; empty if the entries agree.
    decided_by TEXT NOT NULL,
    -- JSON: by item, which value is right. `{}` if the entries agree.
    decisions TEXT NOT NULL,
    -- Id of the response that the form became.
    response_id TEXT NOT NULL,
    -- Microseconds UTC.
    settled_at BIGINT NOT NULL,
    -- 32 random bytes, hex: the key of the leaf's hash.
    nonce TEXT NOT NULL,
    leaf_index BIGINT NOT NULL,
    PRIMARY KEY (leaf_index)
);

CREATE UNIQUE INDEX paper_settlement_form ON paper_settlement (survey, form);
