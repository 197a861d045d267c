DROP TABLE meta;
DROP TABLE tally;
DROP TABLE leaf;
DROP TABLE response;
