-- Onceguard, schema version 1, for PostgreSQL 13 and newer.
-- Apply it once, by hand, with Flyway or Liquibase, or through JdbcSchema.createIfAbsent.
--
-- Moments are microseconds since 1970-01-01 UTC on the database's clock. An expiry of 4000000000000000000 or more
-- means "never". A record is gone as soon as its expiry has passed; its row is removed by a purge, at the earliest in
-- the hour purge_hour (hours since 1970-01-01 UTC). Only that coarse hour is indexed, so that an update of the exact
-- times touches no index (a HOT update; the fill factor leaves it room on the page).
CREATE TABLE IF NOT EXISTS onceguard_record (
    id          bytea        NOT NULL PRIMARY KEY, -- SHA-256 over operation, scope and key, each framed by its length
    operation   varchar(255) NOT NULL,             -- for the eye only, as are scope and record_key: cut to 255
    scope       varchar(255) NOT NULL,
    record_key  varchar(255),                      -- null if the store leaves the key out
    state       smallint     NOT NULL,             -- 1 in progress (or abandoned), 2 released, 3 held, 4 completed
    attempt     bytea,                             -- 16 bytes; null when an operator resolved or removed the record
    previous    smallint     NOT NULL,             -- the state in which the former attempt left it; 0 for the first
    number      integer      NOT NULL,
    token       bigint       NOT NULL,             -- the fencing token
    algorithm   varchar(16)  NOT NULL,             -- of the fingerprint
    fingerprint bytea        NOT NULL,
    since       bigint       NOT NULL,             -- acquired; from the end of the attempt on: ended
    lease_end   bigint       NOT NULL,
    expiry      bigint       NOT NULL,
    purge_hour  integer      NOT NULL,
    result      bytea                              -- the envelope of the result, opaque to the store
) WITH (fillfactor = 70);

CREATE INDEX IF NOT EXISTS onceguard_record_purge ON onceguard_record (purge_hour);

COMMENT ON TABLE onceguard_record IS 'onceguard schema 1';
