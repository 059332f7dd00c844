package io.onceguard.jdbc;

import static java.util.Objects.requireNonNull;

import io.onceguard.spi.RecordId;

/** A record as an operator saw it. */
record Sight(RecordId id, long token) {

    Sight {
        requireNonNull(id, "id");
    }
}
