-- What became of the cases of a survey, and what the checks of its interviews gave. Both tables only
-- grow; every row has a leaf.

-- One visit to a case, or one call. The newest row of a case's attempt counts, so a wrong entry is
-- corrected by another row.
CREATE TABLE visit (
    -- `satisfaction-2026`.
    survey TEXT NOT NULL,
    -- `onsite`, `phone` or `intercept`.
    mode TEXT NOT NULL,
    psu TEXT NOT NULL,
    -- The number of the case in its PSU, from 1. Never a name, an address or a telephone number.
    case_number BIGINT NOT NULL,
    -- The how many-th visit to the case, from 1.
    attempt BIGINT NOT NULL,
    -- `interview`, `partial`, `refusal`, `no_contact`, `other`, `ineligible` or `unknown`.
    outcome TEXT NOT NULL,
    -- In Beijing: `2026-06-01`, or `2026-06-01 09:30`.
    visited_at TEXT NOT NULL,
    -- Who visited: the name of a device token, or as typed; may be empty.
    enumerator TEXT NOT NULL,
    -- Name of the account or of the device token, or `terminal`.
    recorded_by TEXT NOT NULL,
    -- Microseconds UTC.
    recorded_at BIGINT NOT NULL,
    -- 32 random bytes, hex: the key of the leaf's hash.
    nonce TEXT NOT NULL,
    leaf_index BIGINT NOT NULL,
    PRIMARY KEY (leaf_index)
);

CREATE INDEX visit_case ON visit (survey, psu, mode, case_number, attempt);

-- Whether an interview took place as it is stored, asked of the respondent afterwards. No answer is
-- stored here, only how many were compared and how many differ.
CREATE TABLE back_check (
    survey TEXT NOT NULL,
    -- Id of the response.
    response_id TEXT NOT NULL,
    -- The enumerator of the response.
    enumerator TEXT NOT NULL,
    -- `reached` or `not_reached`.
    contact TEXT NOT NULL,
    -- `confirmed`, `denied` or `other_person`; empty if nobody was reached.
    interview TEXT NOT NULL,
    -- `plausible` or `implausible`; empty if it was not asked.
    duration TEXT NOT NULL,
    -- How many facts were asked again, and how many of them differ from what is stored.
    compared BIGINT NOT NULL,
    differing BIGINT NOT NULL,
    -- Name of the account.
    checked_by TEXT NOT NULL,
    -- Microseconds UTC.
    checked_at BIGINT NOT NULL,
    nonce TEXT NOT NULL,
    leaf_index BIGINT NOT NULL,
    PRIMARY KEY (leaf_index)
);

CREATE UNIQUE INDEX back_check_response ON back_check (response_id);
