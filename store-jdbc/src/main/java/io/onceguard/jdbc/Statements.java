package io.onceguard.jdbc;

import static java.util.Objects.requireNonNull;

import io.onceguard.jdbc.Parameters.Name;
import io.onceguard.spi.AcquireRequest;
import io.onceguard.spi.Lease;
import io.onceguard.spi.RecordId;
import io.onceguard.spi.Retention;
import io.onceguard.spi.StoredResult;
import io.onceguard.spi.Takeover;
import java.nio.ByteBuffer;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * The statements of a dialect, bound and run on whatever connection they are given. No transaction, no retry, no
 * judgement. Immutable and safe for use by many threads.
 */
final class Statements {

    private static final String DIVISION_BY_ZERO = "22012";

    private final @Nullable SqlScript insert;
    private final @Nullable SqlScript insertAndBeginWork;
    private final @Nullable SqlScript claim;
    private final String undoWork;
    private final SqlScript acquire;
    private final SqlScript renew;
    private final SqlScript finish;
    private final @Nullable SqlScript finishAndCommit;
    private final SqlScript resolve;
    private final SqlScript delete;
    private final SqlScript find;
    private final SqlTemplate purge;
    private final SqlTemplate lockTimeout;
    private final SqlTemplate setLockTimeout;
    private final boolean readFirst;
    private final boolean limitsLocks;
    private final int batchRows;
    private final boolean readableKeys;

    Statements(JdbcDialect dialect, TableName table, boolean readableKeys) {
        insert = dialect.insert().isEmpty() ? null : new SqlScript(dialect.insert(), table);
        String beginWork = dialect.transaction().beginWork();
        insertAndBeginWork =
                beginWork.isEmpty() ? null : SqlScript.inOnePiece(dialect.insert() + ";\n" + beginWork, table);
        claim = dialect.claim().isEmpty() ? null : new SqlScript(dialect.claim(), table);
        undoWork = dialect.transaction().undoWork();
        acquire = SqlScript.forBatches(dialect.acquire(), table, dialect.undoesBatches());
        renew = SqlScript.forBatches(dialect.renew(), table, dialect.undoesBatches());
        finish = SqlScript.forBatches(dialect.finish(), table, dialect.undoesBatches());
        String last = dialect.transaction().finishAndCommit();
        finishAndCommit = last.isEmpty() ? null : SqlScript.inOnePiece(last, table);
        resolve = new SqlScript(dialect.resolve(), table);
        delete = new SqlScript(dialect.delete(), table);
        find = new SqlScript(dialect.find(), table);
        purge = new SqlTemplate(dialect.purge(), table);
        lockTimeout = new SqlTemplate(dialect.transaction().lockTimeout(), table);
        setLockTimeout = new SqlTemplate(dialect.transaction().setLockTimeout(), table);
        readFirst = dialect.readFirst();
        limitsLocks = !dialect.transaction().lockTimeout().isEmpty();
        batchRows = dialect.batchRows();
        this.readableKeys = readableKeys;
    }

    /** The most records in one statement. */
    int batchRows() {
        return batchRows;
    }

    /** The digest by which rows are told apart. */
    static ByteBuffer digest(RecordId id) {
        return ByteBuffer.wrap(id.digest());
    }

    /** Whether a request for one record begins with {@link #find}. */
    boolean readFirst() {
        return readFirst;
    }

    /** Whether there is a first try for a record that is thought to be new. */
    boolean hasInsert() {
        return insert != null;
    }

    /** Whether the insert can set a savepoint too, for {@link #undoWork}. */
    boolean insertCanBeginWork() {
        return insertAndBeginWork != null;
    }

    /**
     * Takes a new record.
     *
     * @param patience how long it waits for another transaction, in a transaction
     * @param beginsWork whether to set a savepoint behind it, if that is possible
     */
    Map<ByteBuffer, StoredRow> insert(
            Connection connection, Map<ByteBuffer, AcquireRequest> request, Duration patience, boolean beginsWork)
            throws SQLException {
        List<Parameters> single = parameters(request);
        single.get(0).with(Name.PATIENCE, Long.toString(patience.toMillis()));
        SqlScript script = beginsWork && insertAndBeginWork != null ? insertAndBeginWork : requireNonNull(insert);
        return rows(connection, script, single);
    }

    /** Whether there is a first try for a record of which nothing is known. */
    boolean hasClaim() {
        return claim != null;
    }

    Map<ByteBuffer, StoredRow> claim(Connection connection, Map<ByteBuffer, AcquireRequest> request)
            throws SQLException {
        return rows(connection, requireNonNull(claim), parameters(request));
    }

    void undoWork(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(undoWork);
        }
    }

    Map<ByteBuffer, StoredRow> acquire(Connection connection, Map<ByteBuffer, AcquireRequest> requests)
            throws SQLException {
        return rows(connection, acquire, parameters(requests));
    }

    private List<Parameters> parameters(Map<ByteBuffer, AcquireRequest> requests) {
        long mark = newMark();
        return Parameters.each(requests, (request, parameters) -> {
            RecordId id = request.id();
            parameters
                    .with(Name.OPERATION, ReadableText.of(id.operation()))
                    .with(Name.SCOPE, ReadableText.of(id.scope()))
                    .with(Name.KEY, readableKeys ? ReadableText.of(id.key()) : null)
                    .with(Name.ATTEMPT, StoredRow.bytes(request.attemptId()))
                    .with(Name.ALGORITHM, request.fingerprint().algorithm())
                    .with(Name.FINGERPRINT, request.fingerprint().digest())
                    .with(Name.LEASE, Micros.of(request.lease()))
                    .with(Name.RETENTION, Micros.of(request.retention()))
                    .with(Name.LEAVE, leave(request.takeover().kind()))
                    .with(Name.LEAVE_TOKEN, request.takeover().token())
                    .with(Name.MARK, mark);
        });
    }

    /** Says in a row that this call wrote it. */
    private static long newMark() {
        return ThreadLocalRandom.current().nextLong();
    }

    private static int leave(Takeover.Kind kind) {
        return switch (kind) {
            case NEVER -> 0;
            case SAME_FINGERPRINT -> 1;
            case OF_TOKEN -> 2;
        };
    }

    Map<ByteBuffer, StoredRow> find(Connection connection, Set<ByteBuffer> digests) throws SQLException {
        return rows(connection, find, Parameters.of(digests));
    }

    Set<ByteBuffer> renew(Connection connection, Map<ByteBuffer, Lease> leases) throws SQLException {
        long mark = newMark();
        return ids(
                connection,
                renew,
                Parameters.each(
                        leases,
                        (lease, parameters) -> parameters
                                .with(Name.ATTEMPT, StoredRow.bytes(lease.attemptId()))
                                .with(Name.LEASE, Micros.of(lease.duration()))
                                .with(Name.RETENTION, Micros.of(lease.retention()))
                                .with(Name.MARK, mark)));
    }

    Set<ByteBuffer> finish(Connection connection, Map<ByteBuffer, Finish> ends) throws SQLException {
        return ids(connection, finish, endings(ends));
    }

    /** Whether a record can be finished and the transaction be committed in one round trip. */
    boolean canFinishAndCommit() {
        return finishAndCommit != null;
    }

    /** Returns false if there was nothing to finish; then nothing was committed, and the transaction is to be rolled back. */
    boolean finishAndCommit(Connection connection, Map<ByteBuffer, Finish> end) throws SQLException {
        try {
            requireNonNull(finishAndCommit).run(connection, endings(end), row -> {});
            return true;
        } catch (SQLException failure) {
            if (DIVISION_BY_ZERO.equals(failure.getSQLState())) {
                return false;
            }
            throw failure;
        }
    }

    private static List<Parameters> endings(Map<ByteBuffer, Finish> ends) {
        long mark = newMark();
        return Parameters.each(
                ends,
                (end, parameters) -> parameters
                        .with(Name.ATTEMPT, StoredRow.bytes(end.lease().attemptId()))
                        .with(Name.STATE, end.state())
                        .with(Name.RESULT, bytes(end.result()))
                        .with(Name.RETENTION, Micros.of(end.retention()))
                        .with(Name.MARK, mark));
    }

    boolean resolve(Connection connection, Sight sight, StoredResult result, Retention retention) throws SQLException {
        Parameters parameters =
                parameters(sight).with(Name.RESULT, bytes(result)).with(Name.RETENTION, Micros.of(retention));
        return !ids(connection, resolve, List.of(parameters)).isEmpty();
    }

    boolean delete(Connection connection, Sight sight) throws SQLException {
        return !ids(connection, delete, List.of(parameters(sight))).isEmpty();
    }

    private static Parameters parameters(Sight sight) {
        return new Parameters(digest(sight.id()))
                .with(Name.TOKEN, sight.token())
                .with(Name.MARK, newMark());
    }

    int purge(Connection connection, int limit) throws SQLException {
        try (PreparedStatement statement =
                purge.prepare(connection, List.of(new Parameters().with(Name.LIMIT, limit)))) {
            return statement.executeUpdate();
        }
    }

    /** For how long the session waits for locks, in a form that {@link #setLockTimeout} understands. */
    String lockTimeout(Connection connection) throws SQLException {
        if (!limitsLocks) {
            return "";
        }
        try (PreparedStatement statement = lockTimeout.prepare(connection, List.of(new Parameters()));
                ResultSet row = statement.executeQuery()) {
            row.next();
            return row.getString(1);
        }
    }

    boolean setLockTimeout(Connection connection, String timeout) throws SQLException {
        if (!limitsLocks) {
            return false;
        }
        Parameters parameters = new Parameters().with(Name.TIMEOUT, timeout);
        try (PreparedStatement statement = setLockTimeout.prepare(connection, List.of(parameters))) {
            return statement.execute();
        }
    }

    static byte @Nullable [] bytes(@Nullable StoredResult result) {
        return result == null || result.isEvicted() ? null : result.bytes();
    }

    private static Map<ByteBuffer, StoredRow> rows(Connection connection, SqlScript script, List<Parameters> items)
            throws SQLException {
        Map<ByteBuffer, StoredRow> rows = new HashMap<>();
        script.run(connection, items, row -> {
            byte[] digest = row.getBytes(1);
            StoredRow stored = digest == null ? null : new StoredRow(row);
            if (stored != null && !stored.hasExpired()) {
                rows.put(ByteBuffer.wrap(digest), stored);
            }
        });
        return rows;
    }

    private static Set<ByteBuffer> ids(Connection connection, SqlScript script, List<Parameters> items)
            throws SQLException {
        Set<ByteBuffer> ids = new HashSet<>();
        script.run(connection, items, row -> ids.add(ByteBuffer.wrap(row.getBytes(1))));
        return ids;
    }
}
