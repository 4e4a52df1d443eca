-- How far erasures are known to have been carried out here, so that a start does not look at each of them again: the newest
-- order up to which all are, and what the keys told then. Where the keys tell something else now (another file of keys was
-- put beside this database), everything is looked at again.
CREATE TABLE followed (
    only_row    INTEGER PRIMARY KEY CHECK (only_row = 1),
    orders      INTEGER NOT NULL,     -- seq of an `erased` entry; 0 before the first
    keys        BLOB    NOT NULL      -- fingerprint of what the keys say was erased
) STRICT;
INSERT INTO followed VALUES (1, 0, x'');
