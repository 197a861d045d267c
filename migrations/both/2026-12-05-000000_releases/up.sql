-- Releases: what is published, who approved it, when it is announced for, who may see it before, what
-- was asked about it, which evidence may be shown. Every table only grows; every row has a leaf.

-- A draft of a release. It is published when two people approved it and its second has come.
CREATE TABLE release (
    id TEXT NOT NULL,
    -- `satisfaction-2026`.
    survey TEXT NOT NULL,
    -- Number within the survey, from 1. A draft that was returned has the number of the next draft.
    number BIGINT NOT NULL,
    -- How many responses of the survey it rests on, in the order of the log.
    responses BIGINT NOT NULL,
    -- How many leaves the log had.
    log_size BIGINT NOT NULL,
    -- Microseconds UTC.
    publish_at BIGINT NOT NULL,
    -- Why it takes the place of the release before; empty for the first.
    reason TEXT NOT NULL,
    -- Its files with their hashes, and what it was made from, as JSON: the bytes of `release.json`.
    manifest TEXT NOT NULL,
    -- SHA-256 of `manifest`, hex.
    digest TEXT NOT NULL,
    -- What it lets be known of small groups, as JSON, for the releases after it. Never published.
    cells TEXT NOT NULL,
    -- A staff name, or the user of the machine.
    drafted_by TEXT NOT NULL,
    -- Microseconds UTC.
    drafted_at BIGINT NOT NULL,
    -- 32 random bytes, hex: the key of the leaf's hash.
    nonce TEXT NOT NULL,
    leaf_index BIGINT NOT NULL,
    PRIMARY KEY (leaf_index)
);
CREATE UNIQUE INDEX release_id ON release (id);

-- The files of a release.
CREATE TABLE release_file (
    -- Id of the release.
    release_id TEXT NOT NULL,
    -- `figures.csv`.
    name TEXT NOT NULL,
    media_type TEXT NOT NULL,
    -- Number of bytes, colon, the bytes compressed (zlib) in Base64: no type for bytes is the same in
    -- both databases.
    content TEXT NOT NULL,
    nonce TEXT NOT NULL,
    leaf_index BIGINT NOT NULL,
    PRIMARY KEY (leaf_index)
);
CREATE UNIQUE INDEX release_file_name ON release_file (release_id, name);

-- What was decided about a draft.
CREATE TABLE release_decision (
    release_id TEXT NOT NULL,
    -- `submit` for review, `approve`, or `return`.
    decision TEXT NOT NULL,
    -- The digest of the draft that the decision is about.
    digest TEXT NOT NULL,
    -- A staff name, and its role then.
    decided_by TEXT NOT NULL,
    role TEXT NOT NULL,
    -- Microseconds UTC.
    decided_at BIGINT NOT NULL,
    -- Why it is returned; empty otherwise.
    reason TEXT NOT NULL,
    nonce TEXT NOT NULL,
    leaf_index BIGINT NOT NULL,
    PRIMARY KEY (leaf_index)
);

-- The calendar. The newest row of a release says when it is published.
CREATE TABLE announcement (
    survey TEXT NOT NULL,
    -- Number of the release.
    number BIGINT NOT NULL,
    -- Microseconds UTC.
    publish_at BIGINT NOT NULL,
    -- Why the date changed, or why it comes at short notice; empty otherwise.
    reason TEXT NOT NULL,
    announced_by TEXT NOT NULL,
    -- Microseconds UTC.
    announced_at BIGINT NOT NULL,
    nonce TEXT NOT NULL,
    leaf_index BIGINT NOT NULL,
    PRIMARY KEY (leaf_index)
);

-- Who may see a release before its second, beside those who draft and approve it.
CREATE TABLE early_reader (
    survey TEXT NOT NULL,
    -- Number of the release.
    number BIGINT NOT NULL,
    -- Name of the account.
    account TEXT NOT NULL,
    -- The person's post, as the public list has it.
    post TEXT NOT NULL,
    reason TEXT NOT NULL,
    granted_by TEXT NOT NULL,
    -- Microseconds UTC.
    granted_at BIGINT NOT NULL,
    nonce TEXT NOT NULL,
    leaf_index BIGINT NOT NULL,
    PRIMARY KEY (leaf_index)
);

-- Questions and objections about published numbers, and the replies.
CREATE TABLE objection (
    id TEXT NOT NULL,
    survey TEXT NOT NULL,
    -- Number of the release.
    number BIGINT NOT NULL,
    -- The line of `figures.csv` that it is about: `indicator/dimension/level`.
    line TEXT NOT NULL,
    question TEXT NOT NULL,
    -- Microseconds UTC.
    received_at BIGINT NOT NULL,
    nonce TEXT NOT NULL,
    leaf_index BIGINT NOT NULL,
    PRIMARY KEY (leaf_index)
);
CREATE UNIQUE INDEX objection_id ON objection (id);

CREATE TABLE objection_reply (
    objection_id TEXT NOT NULL,
    reply TEXT NOT NULL,
    replied_by TEXT NOT NULL,
    -- Microseconds UTC.
    replied_at BIGINT NOT NULL,
    nonce TEXT NOT NULL,
    leaf_index BIGINT NOT NULL,
    PRIMARY KEY (leaf_index)
);

-- Whether what a stranger wrote as evidence may stand in a release. The newest row of an item counts.
CREATE TABLE evidence_review (
    survey TEXT NOT NULL,
    -- The row of the table of evidence, as a JSON array of its texts.
    item TEXT NOT NULL,
    -- `shown`, `hidden` or `merged`.
    decision TEXT NOT NULL,
    -- For `merged`: the row that it is the same as.
    same_as TEXT NOT NULL,
    reason TEXT NOT NULL,
    decided_by TEXT NOT NULL,
    -- Microseconds UTC.
    decided_at BIGINT NOT NULL,
    nonce TEXT NOT NULL,
    leaf_index BIGINT NOT NULL,
    PRIMARY KEY (leaf_index)
);
