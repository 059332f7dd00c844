-- Onceguard, schema version 1, for databases of which the store does not know the dialect (JdbcDialect.portable).
-- It is yours to apply. Types that your database calls otherwise are yours to replace: BINARY(n) and VARBINARY(n) hold
-- that many bytes (bytea, RAW); result holds bytes of any number. What may be null has to be, because there are databases
-- to which empty is null. Only id has to be unique, and exactly as it is: it is no text, and no collation may touch it.
--
-- Moments are microseconds since 1970-01-01 UTC on the database's clock. An expiry of 4000000000000000000 or more
-- means "never". A record is gone as soon as its expiry has passed; its row is removed by a purge, at the earliest in
-- the hour purge_hour (hours since 1970-01-01 UTC).
CREATE TABLE onceguard_record (
    id          BINARY(32)   NOT NULL PRIMARY KEY, -- SHA-256 over operation, scope and key, each framed by its length
    operation   VARCHAR(510) NOT NULL,             -- for the eye only, as are scope and record_key: cut to 255 code points
    scope       VARCHAR(510),
    record_key  VARCHAR(510),                      -- null if the store leaves the key out
    state       SMALLINT     NOT NULL,             -- 1 in progress (or abandoned), 2 released, 3 held, 4 completed
    attempt     BINARY(16),                        -- null when an operator resolved or removed the record
    previous    SMALLINT     NOT NULL,             -- the state in which the former attempt left it; 0 for the first
    number      INTEGER      NOT NULL,
    token       BIGINT       NOT NULL,             -- the fencing token
    algorithm   VARCHAR(16)  NOT NULL,             -- of the fingerprint
    fingerprint VARBINARY(64),
    since       BIGINT       NOT NULL,             -- acquired; from the end of the attempt on: ended
    lease_end   BIGINT       NOT NULL,
    expiry      BIGINT       NOT NULL,
    purge_hour  INTEGER      NOT NULL,
    mark        BIGINT       NOT NULL,             -- a random number of the call that wrote the row last
    result      VARBINARY(16777216)                -- the envelope of the result, opaque to the store
);

CREATE INDEX onceguard_record_purge ON onceguard_record (purge_hour);
