-- Onceguard, schema version 1, for MySQL 8.
-- Apply it once, by hand, with Flyway or Liquibase, or through JdbcSchema.createIfAbsent.
--
-- Moments are microseconds since 1970-01-01 UTC on the database's clock. An expiry of 4000000000000000000 or more
-- means "never". A record is gone as soon as its expiry has passed; its row is removed by a purge, at the earliest in
-- the hour purge_hour (hours since 1970-01-01 UTC).
--
-- A result travels in one statement: max_allowed_packet has to be more than twice the largest.
CREATE TABLE IF NOT EXISTS onceguard_record (
    id          BINARY(32)   NOT NULL PRIMARY KEY, -- SHA-256 over operation, scope and key, each framed by its length
    operation   VARCHAR(255) NOT NULL,             -- for the eye only, as are scope and record_key: cut to 255
    scope       VARCHAR(255),                      -- in some modes of the session an empty text is null
    record_key  VARCHAR(255),                      -- null if the store leaves the key out
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
    result      LONGBLOB,                          -- the envelope of the result, opaque to the store
    KEY onceguard_record_purge (purge_hour)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT = 'onceguard schema 1';
