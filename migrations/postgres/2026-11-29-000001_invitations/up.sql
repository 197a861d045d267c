-- Invitations that are not spent. A row is deleted in the transaction that stores the response. So nothing leads from a
-- response to its invitation: there is no order, no time and no reference.
CREATE TABLE invitation (
    -- HMAC-SHA256 of survey and code, 128 bits, hex. The key is not in the database.
    code_hash TEXT NOT NULL PRIMARY KEY,
    survey TEXT NOT NULL,
    -- The drawn PSU that it was issued for.
    psu TEXT NOT NULL
);
-- A deleted row lies in the file, with the number of the transaction that also stored the response, until the table is
-- vacuumed. So it is vacuumed after few deletions, however large it is.
ALTER TABLE invitation SET (autovacuum_vacuum_threshold = 50, autovacuum_vacuum_scale_factor = 0);

-- How many invitations were issued, each time that some were.
CREATE TABLE invitation_issue (
    survey TEXT NOT NULL,
    psu TEXT NOT NULL,
    n BIGINT NOT NULL,
    -- Microseconds UTC.
    issued_at BIGINT NOT NULL,
    -- 32 random bytes, hex: the key of the leaf's hash.
    nonce TEXT NOT NULL,
    leaf_index BIGINT NOT NULL PRIMARY KEY
);
