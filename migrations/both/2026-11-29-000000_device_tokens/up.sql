-- Tokens of devices and scripts: one row when a token is issued, one when it is revoked.
CREATE TABLE device_token (
    -- Who or what has it; the enumerator of the responses that it sends.
    name TEXT NOT NULL,
    -- `issued` or `revoked`.
    event TEXT NOT NULL,
    -- SHA-256 of the token, hex; the token itself is not stored.
    token_hash TEXT NOT NULL,
    -- Modes that it may send, separated by spaces.
    modes TEXT NOT NULL,
    -- The only survey that it may send to; empty for all.
    survey TEXT NOT NULL,
    -- Microseconds UTC.
    happened_at BIGINT NOT NULL,
    -- 32 random bytes, hex: the key of the leaf's hash.
    nonce TEXT NOT NULL,
    leaf_index BIGINT NOT NULL,
    PRIMARY KEY (leaf_index)
);
