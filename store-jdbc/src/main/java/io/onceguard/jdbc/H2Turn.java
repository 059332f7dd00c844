package io.onceguard.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.h2.api.ErrorCode;
import org.h2.engine.Database;
import org.h2.engine.SessionLocal;
import org.h2.jdbc.JdbcConnection;
import org.jspecify.annotations.Nullable;

/**
 * The turn to change an H2 file, of which there is one in a process.
 *
 * <p>Nobody may wait for a row while he has the turn, because the owner of the row needs it to go on. So a statement
 * waits for a row no longer than H2 can be told, and then here, without the turn, until some transaction has ended.
 */
final class H2Turn {

    private static final int SHORTEST_WAIT_MILLIS = 1;

    private static final Map<Database, H2Turn> TURNS = new WeakHashMap<>();

    private final ReentrantLock turn = new ReentrantLock();
    private final Condition transactionEnded = turn.newCondition();
    private long ended;

    /** What is done in a turn. */
    interface Step {
        @Nullable
        Object run() throws Throwable;
    }

    private H2Turn() {}

    /** Returns null for a database in memory, behind a server, or of another product. */
    static @Nullable SessionLocal session(Connection connection) throws SQLException {
        return connection.isWrapperFor(JdbcConnection.class)
                        && connection.unwrap(JdbcConnection.class).getSession() instanceof SessionLocal session
                        && session.getDatabase().isPersistent()
                ? session
                : null;
    }

    static H2Turn of(SessionLocal session) {
        synchronized (TURNS) {
            return TURNS.computeIfAbsent(session.getDatabase(), database -> new H2Turn());
        }
    }

    /** Runs what never waits for a row. */
    @Nullable
    Object take(Step step) throws Throwable {
        turn.lock();
        try {
            return step.run();
        } finally {
            turn.unlock();
        }
    }

    /** Runs what may give rows back, and never waits for one: whoever waits for a row tries again. */
    @Nullable
    Object end(Step step) throws Throwable {
        turn.lock();
        try {
            return step.run();
        } finally {
            ended++;
            transactionEnded.signalAll();
            turn.unlock();
        }
    }

    /** Runs a statement, again and again for as long as a row is locked and the session's lock timeout is not over. */
    @Nullable
    Object execute(SessionLocal session, boolean repeatable, Step statement) throws Throwable {
        turn.lock();
        try {
            long left = TimeUnit.MILLISECONDS.toNanos(session.getLockTimeout());
            while (true) {
                try {
                    return withoutWaiting(session, statement);
                } catch (SQLException failure) {
                    left -= TimeUnit.MILLISECONDS.toNanos(SHORTEST_WAIT_MILLIS);
                    boolean locked = failure.getErrorCode() == ErrorCode.LOCK_TIMEOUT_1;
                    if (!locked || !repeatable || left <= 0) {
                        throw failure;
                    }
                    left = awaitEndOfTransaction(left, failure);
                }
            }
        } finally {
            turn.unlock();
        }
    }

    private static @Nullable Object withoutWaiting(SessionLocal session, Step statement) throws Throwable {
        int timeout = session.getLockTimeout();
        session.setLockTimeout(Math.min(timeout, SHORTEST_WAIT_MILLIS));
        try {
            return statement.run();
        } finally {
            session.setLockTimeout(timeout);
        }
    }

    /** Waits without the turn, and returns what is left of the time. */
    private long awaitEndOfTransaction(long nanos, SQLException locked) throws SQLException {
        long seen = ended;
        long left = nanos;
        try {
            while (ended == seen && left > 0) {
                left = transactionEnded.awaitNanos(left);
            }
            return left;
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
            throw locked;
        }
    }

    /** For tests: whether a statement waits for its turn. */
    boolean isWanted() {
        return turn.hasQueuedThreads();
    }

    /** For tests: whether a statement waits for the end of a transaction. */
    boolean isWaitedIn() {
        turn.lock();
        try {
            return turn.hasWaiters(transactionEnded);
        } finally {
            turn.unlock();
        }
    }
}
