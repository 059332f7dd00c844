package io.onceguard.jdbc;

import java.nio.channels.Channel;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.h2.api.ErrorCode;
import org.h2.engine.Database;
import org.h2.engine.SessionLocal;
import org.h2.jdbc.JdbcConnection;
import org.h2.message.DbException;
import org.jspecify.annotations.Nullable;

/**
 * The turn to change an H2 file, of which there is one in a process.
 *
 * <p>Nobody may wait for a row while he has the turn, because the owner of the row needs it to go on. So a statement
 * waits for a row no longer than H2 can be told, and then here, without the turn, until some transaction has ended.
 */
final class H2Turn {

    private static final int SHORTEST_WAIT_MILLIS = 1;
    private static final char UNDONE = '<';

    private static final ReentrantLock TURNS_LOCK = new ReentrantLock();
    private static final Map<Database, H2Turn> TURNS = new WeakHashMap<>();

    private final ReentrantLock turn = new ReentrantLock();
    private final Condition transactionEnded = turn.newCondition();
    private final Channel channel;
    private final H2Header header;
    private long ended;

    /** Those who may own rows: sessions whose turn left a transaction open. */
    private final Set<SessionLocal> owners = Collections.newSetFromMap(new WeakHashMap<>());

    /** What is done in a turn. */
    interface Step<T extends @Nullable Object, X extends Throwable> {
        T run() throws X;
    }

    /** What a statement does that meets a locked row. */
    enum IfLocked {
        FAIL,
        WAIT,
        WAIT_UNINTERRUPTED
    }

    private H2Turn(Channel channel, H2Header header) {
        this.channel = channel;
        this.header = header;
    }

    /** Returns null for a database in memory, behind a server, or of another product. */
    static @Nullable SessionLocal session(Connection connection) throws SQLException {
        SessionLocal session = sessionHere(connection);
        return session != null && session.getDatabase().isPersistent() ? session : null;
    }

    /** Returns null for a session on a server, and for another product's. */
    static @Nullable SessionLocal sessionHere(Connection connection) throws SQLException {
        return connection.isWrapperFor(JdbcConnection.class)
                        && connection.unwrap(JdbcConnection.class).getSession() instanceof SessionLocal session
                ? session
                : null;
    }

    static H2Turn of(SessionLocal session) {
        TURNS_LOCK.lock();
        try {
            return TURNS.computeIfAbsent(session.getDatabase(), H2Turn::newTurn);
        } finally {
            TURNS_LOCK.unlock();
        }
    }

    private static H2Turn newTurn(Database database) {
        Channel channel = InterruptShield.call(() -> H2Channel.uninterruptible(database));
        return new H2Turn(channel, new H2Header(database));
    }

    /** Whether the file is open, and survives the interrupts of those who use it. */
    boolean survivesInterrupts() {
        return channel.isOpen();
    }

    /**
     * Runs a step of the store's own: here, unless an interrupt could do harm. H2 swallows those that come while it
     * waits; it never waits where no transaction is open.
     */
    <T extends @Nullable Object, X extends Throwable> T shielded(Step<T, X> step) throws X {
        turn.lock();
        try {
            if (InterruptShield.isHere() || (channel.isOpen() && isFree())) {
                return step.run();
            }
        } finally {
            turn.unlock();
        }
        return InterruptShield.call(step);
    }

    private boolean isFree() {
        if (!owners.isEmpty()) {
            owners.removeIf(session -> !session.hasPendingTransaction());
        }
        return owners.isEmpty();
    }

    /** Runs what never waits for a row. */
    <T extends @Nullable Object, X extends Throwable> T take(Step<T, X> step) throws X {
        turn.lock();
        try {
            return step.run();
        } finally {
            giveBack();
        }
    }

    /** Runs what may give rows back, and never waits for one: whoever waits for a row tries again. */
    <T extends @Nullable Object, X extends Throwable> T end(Step<T, X> step) throws X {
        turn.lock();
        try {
            return step.run();
        } finally {
            ended++;
            transactionEnded.signalAll();
            giveBack();
        }
    }

    /** Runs a statement, again and again for as long as a row is locked and the session's lock timeout is not over. */
    <T extends @Nullable Object, X extends Throwable> T execute(
            SessionLocal session, IfLocked ifLocked, Step<T, X> statement) throws X, SQLException {
        turn.lock();
        try {
            long left = TimeUnit.MILLISECONDS.toNanos(session.getLockTimeout());
            while (true) {
                boolean begun = false;
                try {
                    requireNobodyHasUndone(session);
                    begun = true;
                    return withoutWaiting(session, statement);
                } catch (Throwable failure) {
                    left -= TimeUnit.MILLISECONDS.toNanos(SHORTEST_WAIT_MILLIS);
                    boolean again = left > 0 && (ifLocked != IfLocked.FAIL || !begun);
                    if (!again || !(failure instanceof SQLException locked) || !isLockTimeout(locked)) {
                        throw failure;
                    }
                    left = awaitEndOfTransaction(left, ifLocked, locked);
                }
            }
        } finally {
            if (session.hasPendingTransaction()) {
                owners.add(session);
            }
            giveBack();
        }
    }

    /** What was committed in the turn is found again from here on. */
    private void giveBack() {
        try {
            header.follow();
        } finally {
            turn.unlock();
        }
    }

    /**
     * A row of a transaction that has undone a part of itself is not waited for by H2, but asked for again and again
     * without an end, in the turn that its owner needs. Therefore nobody meets one: the others wait until the owner's
     * transaction is over. H2 marks such a transaction in its text.
     */
    private void requireNobodyHasUndone(SessionLocal session) throws SQLException {
        for (SessionLocal owner : owners) {
            if (owner != session && hasUndone(owner)) {
                throw DbException.getJdbcSQLException(ErrorCode.LOCK_TIMEOUT_1, "of another transaction");
            }
        }
    }

    /** Whether the session's transaction is open, and was rolled back to a savepoint or had a statement that failed. */
    static boolean hasUndone(SessionLocal session) {
        return session.hasPendingTransaction()
                && session.getTransaction().toString().indexOf(UNDONE) >= 0;
    }

    private static boolean isLockTimeout(SQLException failure) {
        return failure.getErrorCode() == ErrorCode.LOCK_TIMEOUT_1;
    }

    private static <T extends @Nullable Object, X extends Throwable> T withoutWaiting(
            SessionLocal session, Step<T, X> statement) throws X {
        int timeout = session.getLockTimeout();
        session.setLockTimeout(Math.min(timeout, SHORTEST_WAIT_MILLIS));
        try {
            return statement.run();
        } finally {
            session.setLockTimeout(timeout);
        }
    }

    /** Waits without the turn, and returns what is left of the time, which an interrupt does not use up. */
    private long awaitEndOfTransaction(long nanos, IfLocked ifLocked, SQLException locked) throws SQLException {
        long seen = ended;
        boolean interrupted = false;
        try {
            long left = nanos;
            while (ended == seen && left > 0) {
                try {
                    left = transactionEnded.awaitNanos(left);
                } catch (InterruptedException stop) {
                    interrupted = true;
                    if (ifLocked == IfLocked.WAIT) {
                        throw locked;
                    }
                }
            }
            return left;
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
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
