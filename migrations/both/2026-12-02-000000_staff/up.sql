-- Accounts of the office. Each change of an account is a row with all of it; the last one counts.
CREATE TABLE staff (
    -- UUID; the same in all rows of an account.
    id TEXT NOT NULL,
    -- Name to log in with.
    name TEXT NOT NULL,
    -- Name of the person.
    full_name TEXT NOT NULL,
    -- `administrator`, `statistician`, `publisher`, `supervisor`, `enumerator`, `auditor`.
    role TEXT NOT NULL,
    -- `invited`, `active`, `disabled`.
    state TEXT NOT NULL,
    -- PHC string of Argon2id; empty until a password was chosen.
    password_hash TEXT NOT NULL,
    -- From which, with a key outside the database, the secret of one-time codes is derived.
    factor_seed TEXT NOT NULL,
    -- HMAC-SHA256 of each unused recovery code, hex, separated by spaces.
    recovery_hashes TEXT NOT NULL,
    -- Microseconds UTC.
    changed_at BIGINT NOT NULL,
    -- 32 random bytes, hex: the key of the leaf's hash.
    nonce TEXT NOT NULL,
    leaf_index BIGINT NOT NULL,
    PRIMARY KEY (leaf_index)
);

-- Who did what in the office.
CREATE TABLE audit (
    -- Microseconds UTC.
    happened_at BIGINT NOT NULL,
    -- Name of the account; `terminal` for a command on the server itself.
    who TEXT NOT NULL,
    -- Its role then; empty for a command.
    role TEXT NOT NULL,
    -- Keyed hash of the address block; empty for a command.
    place TEXT NOT NULL,
    -- A word such as `downloaded`.
    action TEXT NOT NULL,
    -- `satisfaction-2026`; empty if it concerns no survey.
    survey TEXT NOT NULL,
    -- To what: an account, a token, a file, a form.
    subject TEXT NOT NULL,
    -- `before` and `after` are reserved words in some dialects.
    value_before TEXT NOT NULL,
    value_after TEXT NOT NULL,
    reason TEXT NOT NULL,
    -- 32 random bytes, hex: the key of the leaf's hash.
    nonce TEXT NOT NULL,
    leaf_index BIGINT NOT NULL,
    PRIMARY KEY (leaf_index)
);

-- Sessions. They are in no backup.
CREATE TABLE session (
    -- SHA-256 of the token, hex; the token itself is not stored.
    token_hash TEXT NOT NULL PRIMARY KEY,
    -- `staff.id`.
    account TEXT NOT NULL,
    -- `enrolling` or `full`.
    stage TEXT NOT NULL,
    -- Microseconds UTC.
    began_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    place TEXT NOT NULL,
    device TEXT NOT NULL
);

-- One-time codes that were used lately, so that none can be used twice. They are in no backup.
CREATE TABLE used_code (
    account TEXT NOT NULL,
    -- The step of the code: 30 s since 1970.
    step BIGINT NOT NULL,
    PRIMARY KEY (account, step)
);

-- One-time links to choose a password or to log in. They are in no backup.
CREATE TABLE entry_link (
    -- SHA-256 of the token, hex; the token itself is not stored.
    token_hash TEXT NOT NULL PRIMARY KEY,
    -- `staff.id`.
    account TEXT NOT NULL,
    -- The stage of the session that it gives: `enrolling` or `full`.
    stage TEXT NOT NULL,
    -- Microseconds UTC.
    ends_at BIGINT NOT NULL
);
