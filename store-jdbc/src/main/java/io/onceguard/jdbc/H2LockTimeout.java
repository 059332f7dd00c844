package io.onceguard.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import org.h2.engine.SessionLocal;
import org.jspecify.annotations.Nullable;

/**
 * The lock timeout of an H2 session in this process, past SQL: with each {@code SET} H2 forgets the statements that all
 * sessions have prepared, and parses them anew.
 */
record H2LockTimeout(SessionLocal session) {

    /** Returns null for a session on a server, and for another product's. */
    static @Nullable H2LockTimeout of(Connection connection) throws SQLException {
        SessionLocal session = H2Turn.sessionHere(connection);
        return session == null ? null : new H2LockTimeout(session);
    }

    String millis() {
        return Integer.toString(session.getLockTimeout());
    }

    boolean set(String millis) {
        session.setLockTimeout(Integer.parseInt(millis));
        return true;
    }
}
