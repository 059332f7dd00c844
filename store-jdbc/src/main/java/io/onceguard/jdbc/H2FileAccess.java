package io.onceguard.jdbc;

import io.onceguard.jdbc.H2Turn.IfLocked;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.function.Supplier;
import javax.sql.DataSource;
import org.h2.engine.SessionLocal;
import org.jspecify.annotations.Nullable;

/**
 * An H2 file is changed in {@linkplain H2Turn turns}, and must not be used by a thread while it is interrupted.
 *
 * <p>A call runs on its caller's thread where the file {@linkplain H2Channel survives} that, and the connection comes
 * from a pool. Without a pool it may be the one that opens or closes the file, which runs on a thread that nobody
 * interrupts, as do all calls on a file that does not survive.
 */
final class H2FileAccess implements Access {

    /** That of the last connection, if it was still open when it had been given back. */
    private volatile @Nullable H2Turn pooled;

    @Override
    public <T> T call(Supplier<T> body) {
        H2Turn turn = pooled;
        boolean here = turn != null && turn.survivesInterrupts();
        return here ? body.get() : InterruptShield.call(body::get);
    }

    /** {@inheritDoc} A pool that is told of an interrupt is asked again. */
    @Override
    public Connection borrow(DataSource dataSource) throws SQLException {
        boolean interrupted = Thread.interrupted();
        try {
            while (true) {
                try {
                    return dataSource.getConnection();
                } catch (SQLException failure) {
                    if (!Thread.interrupted() && !(failure.getCause() instanceof InterruptedException)) {
                        throw failure;
                    }
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @Override
    public Turns turns(Connection connection) throws SQLException {
        SessionLocal session = H2Turn.session(connection);
        return session == null ? Turns.NONE : new OfSession(session, H2Turn.of(session));
    }

    private final class OfSession implements Turns {

        private final SessionLocal session;
        private final H2Turn turn;

        OfSession(SessionLocal session, H2Turn turn) {
            this.session = session;
            this.turn = turn;
        }

        @Override
        public <T> T step(Connection connection, Steps.Step<T> step) throws SQLException {
            return turn.shielded(() -> turn.execute(session, IfLocked.WAIT_UNINTERRUPTED, () -> step.run(connection)));
        }

        @Override
        public <T> T end(Connection connection, Steps.Step<T> step) throws SQLException {
            return turn.shielded(() -> turn.end(() -> step.run(connection)));
        }

        @Override
        public void close(Connection connection) throws SQLException {
            end(connection, given -> {
                given.close();
                return true;
            });
            pooled = session.isClosed() ? null : turn;
        }
    }

    @Override
    public DataSource forWork(DataSource dataSource) {
        return H2File.takingTurns(dataSource);
    }
}
