-- Proposals to hold responses: to set them aside until they are freed.
CREATE TABLE hold_proposal (
    -- A random UUID.
    id TEXT NOT NULL,
    -- `satisfaction-2026`.
    survey TEXT NOT NULL,
    -- What it concerns: `responses`, `channel`, `enumerator` or `day`.
    subject TEXT NOT NULL,
    -- The channel, the enumerator or the day; empty for single responses and for the open link.
    label TEXT NOT NULL,
    -- Id and version of the rule that found it; empty and 0 for what a person found.
    rule TEXT NOT NULL,
    rule_version BIGINT NOT NULL,
    reason TEXT NOT NULL,
    -- The leaves of exactly these responses: `17-20,33`.
    leaves TEXT NOT NULL,
    -- How many they are.
    responses BIGINT NOT NULL,
    -- What holding them changes, as JSON; empty if it was not computed.
    effect TEXT NOT NULL,
    -- Name of the account, and its role at that time.
    proposed_by TEXT NOT NULL,
    role TEXT NOT NULL,
    -- Microseconds UTC.
    proposed_at BIGINT NOT NULL,
    nonce TEXT NOT NULL,
    leaf_index BIGINT NOT NULL,
    PRIMARY KEY (leaf_index)
);
CREATE UNIQUE INDEX hold_proposal_id ON hold_proposal (id);

-- What was decided about holding the responses of a proposal.
CREATE TABLE hold_decision (
    proposal_id TEXT NOT NULL,
    -- `consent`, `refuse` or `withdraw`.
    decision TEXT NOT NULL,
    reason TEXT NOT NULL,
    -- Name of the account, and its role at that time.
    decided_by TEXT NOT NULL,
    role TEXT NOT NULL,
    -- Microseconds UTC.
    decided_at BIGINT NOT NULL,
    nonce TEXT NOT NULL,
    leaf_index BIGINT NOT NULL,
    PRIMARY KEY (leaf_index)
);

-- What was decided about freeing them again.
CREATE TABLE free_decision (
    proposal_id TEXT NOT NULL,
    -- `propose_free`, `consent_free`, `refuse_free` or `withdraw_free`.
    decision TEXT NOT NULL,
    reason TEXT NOT NULL,
    -- Name of the account, and its role at that time.
    decided_by TEXT NOT NULL,
    role TEXT NOT NULL,
    -- Microseconds UTC.
    decided_at BIGINT NOT NULL,
    nonce TEXT NOT NULL,
    leaf_index BIGINT NOT NULL,
    PRIMARY KEY (leaf_index)
);
