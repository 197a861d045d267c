-- Invitations that are not spent. A row is deleted in the transaction that stores the response. So nothing leads from a
-- response to its invitation: there is no order, no time and no reference.
CREATE TABLE invitation (
    -- HMAC-SHA256 of survey and code, 128 bits, hex. The key is not in the database.
    code_hash TEXT NOT NULL PRIMARY KEY,
    survey TEXT NOT NULL,
    -- The drawn PSU that it was issued for.
    psu TEXT NOT NULL
) WITHOUT ROWID;

-- How many invitations were issued, each time that some were.
CREATE TABLE invitation_issue (
    survey TEXT NOT NULL,
    psu TEXT NOT NULL,
    n BIGINT NOT NULL,
    -- Microseconds UTC.
    issued_at BIGINT NOT NULL,
    -- 32 random bytes, hex: the key of the leaf's hash.
    nonce TEXT NOT NULL,
    leaf_index INTEGER PRIMARY KEY
);
