-- How much the largest address block gave on one day: counts only, no address and no hash of one.
CREATE TABLE block_share (
    -- `satisfaction-2026`.
    survey TEXT NOT NULL,
    -- The day in China (UTC+8), `YYYY-MM-DD`.
    day TEXT NOT NULL,
    -- Responses of the open link on that day, through one server since its start.
    responses BIGINT NOT NULL,
    -- Those of the largest block.
    largest BIGINT NOT NULL,
    -- JSON: by indicator, how many answered and the sum of their scores in millionths, of all and of
    -- the largest block.
    scores TEXT NOT NULL,
    -- 32 random bytes, hex: the key of the leaf's hash.
    nonce TEXT NOT NULL,
    leaf_index BIGINT NOT NULL,
    PRIMARY KEY (leaf_index)
);
