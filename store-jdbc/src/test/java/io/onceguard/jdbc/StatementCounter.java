package io.onceguard.jdbc;

import java.sql.SQLException;
import java.util.concurrent.atomic.AtomicInteger;

/** Counts, at the driver, what a store sends. */
final class StatementCounter implements Interceptor {

    final AtomicInteger connections = new AtomicInteger();
    final AtomicInteger statements = new AtomicInteger();
    final AtomicInteger acquires = new AtomicInteger();
    final AtomicInteger finds = new AtomicInteger();
    final AtomicInteger failures = new AtomicInteger();

    @Override
    public void beforeConnect() {
        connections.incrementAndGet();
    }

    @Override
    public void beforeExecute(String sql) {
        statements.incrementAndGet();
        if (sql.contains("leave_token")) {
            acquires.incrementAndGet();
        } else if (sql.contains("id IN (")) {
            finds.incrementAndGet();
        }
    }

    @Override
    public void onFailure(String sql, SQLException failure) {
        failures.incrementAndGet();
    }

    /** The number of statements since the last time that this was asked. */
    int since() {
        connections.set(0);
        return statements.getAndSet(0);
    }
}
