package io.onceguard.jdbc;

import static java.util.Objects.requireNonNull;

import io.onceguard.spi.AcquireRequest;
import io.onceguard.spi.AttemptId;
import io.onceguard.spi.Lease;
import io.onceguard.spi.RecordId;
import io.onceguard.spi.Retention;
import io.onceguard.spi.StoredResult;
import java.nio.ByteBuffer;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The statements of a dialect, bound and run on whatever connection they are given. No transaction, no retry, no
 * judgement. Immutable and safe for use by many threads.
 */
final class Statements {

    private final SqlTemplate acquire;
    private final SqlTemplate renew;
    private final SqlTemplate finish;
    private final SqlTemplate resolve;
    private final SqlTemplate delete;
    private final SqlTemplate find;
    private final SqlTemplate purge;
    private final boolean readableKeys;

    /** How an attempt ends: the state, and the result if there is one. */
    record Finish(Lease lease, int state, @Nullable StoredResult result, Retention retention) {}

    Statements(JdbcDialect dialect, TableName table, boolean readableKeys) {
        acquire = new SqlTemplate(dialect.acquire(), table);
        renew = new SqlTemplate(dialect.renew(), table);
        finish = new SqlTemplate(dialect.finish(), table);
        resolve = new SqlTemplate(dialect.resolve(), table);
        delete = new SqlTemplate(dialect.delete(), table);
        find = new SqlTemplate(dialect.find(), table);
        purge = new SqlTemplate(dialect.purge(), table);
        this.readableKeys = readableKeys;
    }

    /** The digest by which rows are told apart. */
    static ByteBuffer digest(RecordId id) {
        return ByteBuffer.wrap(id.digest());
    }

    Map<ByteBuffer, StoredRow> acquire(Connection connection, Map<ByteBuffer, AcquireRequest> requests)
            throws SQLException {
        List<Map<String, @Nullable Object>> items = requests.entrySet().stream()
                .map(entry -> parameters(entry.getKey(), entry.getValue()))
                .toList();
        return rows(connection, acquire, items);
    }

    private Map<String, @Nullable Object> parameters(ByteBuffer digest, AcquireRequest request) {
        RecordId id = request.id();
        Map<String, @Nullable Object> item = new HashMap<>();
        item.put("id", digest.array());
        item.put("operation", ReadableText.of(id.operation()));
        item.put("scope", ReadableText.of(id.scope()));
        item.put("key", readableKeys ? ReadableText.of(id.key()) : null);
        item.put("attempt", StoredRow.bytes(request.attemptId()));
        item.put("algorithm", request.fingerprint().algorithm());
        item.put("fingerprint", request.fingerprint().digest());
        item.put("lease", Micros.of(request.lease()));
        item.put("retention", Micros.of(request.retention()));
        item.put("leave", switch (request.takeover().kind()) {
            case NEVER -> 0;
            case SAME_FINGERPRINT -> 1;
            case OF_TOKEN -> 2;
        });
        item.put("leave_token", request.takeover().token());
        return item;
    }

    Map<ByteBuffer, StoredRow> find(Connection connection, Set<ByteBuffer> digests) throws SQLException {
        return rows(connection, find, digests.stream().map(Statements::id).toList());
    }

    Set<ByteBuffer> renew(Connection connection, Map<ByteBuffer, Lease> leases) throws SQLException {
        List<Map<String, @Nullable Object>> items = leases.entrySet().stream()
                .map(entry -> {
                    Map<String, @Nullable Object> item = own(entry.getKey(), entry.getValue().attemptId());
                    item.put("lease", Micros.of(entry.getValue().duration()));
                    item.put("retention", Micros.of(entry.getValue().retention()));
                    return item;
                })
                .toList();
        return ids(connection, renew, items);
    }

    Set<ByteBuffer> finish(Connection connection, Map<ByteBuffer, Finish> ends) throws SQLException {
        List<Map<String, @Nullable Object>> items = ends.entrySet().stream()
                .map(entry -> {
                    Finish end = entry.getValue();
                    Map<String, @Nullable Object> item = own(entry.getKey(), end.lease().attemptId());
                    item.put("state", end.state());
                    item.put("result", bytes(end.result()));
                    item.put("retention", Micros.of(end.retention()));
                    return item;
                })
                .toList();
        return ids(connection, finish, items);
    }

    boolean resolve(Connection connection, Operator operator, StoredResult result, Retention retention)
            throws SQLException {
        Map<String, @Nullable Object> item = operator.parameters();
        item.put("result", bytes(result));
        item.put("retention", Micros.of(retention));
        return !ids(connection, resolve, List.of(item)).isEmpty();
    }

    boolean delete(Connection connection, Operator operator) throws SQLException {
        return !ids(connection, delete, List.of(operator.parameters())).isEmpty();
    }

    int purge(Connection connection, int limit) throws SQLException {
        Map<String, @Nullable Object> item = new HashMap<>();
        item.put("limit", limit);
        try (PreparedStatement statement = connection.prepareStatement(purge.sql(1))) {
            purge.bind(statement, List.of(item));
            return statement.executeUpdate();
        }
    }

    /** The comment on the table; empty if there is none, or no table. */
    static String comment(Connection connection, JdbcDialect dialect, TableName table) throws SQLException {
        SqlTemplate comment = new SqlTemplate(dialect.comment(), table);
        Map<String, @Nullable Object> item = new HashMap<>();
        item.put("schema", table.schema().isEmpty() ? null : table.schema());
        item.put("table", table.simple());
        try (PreparedStatement statement = connection.prepareStatement(comment.sql(1))) {
            comment.bind(statement, List.of(item));
            try (ResultSet row = statement.executeQuery()) {
                return row.next() ? Objects.toString(row.getString(1), "") : "";
            }
        }
    }

    /** Which record an operator means, and the token that was seen. */
    record Operator(RecordId id, long expectedToken) {

        Operator {
            requireNonNull(id, "id");
        }

        private Map<String, @Nullable Object> parameters() {
            Map<String, @Nullable Object> item = Statements.id(digest(id));
            item.put("token", expectedToken);
            return item;
        }
    }

    private static Map<String, @Nullable Object> own(ByteBuffer digest, AttemptId attempt) {
        Map<String, @Nullable Object> item = id(digest);
        item.put("attempt", StoredRow.bytes(attempt));
        return item;
    }

    private static Map<String, @Nullable Object> id(ByteBuffer digest) {
        Map<String, @Nullable Object> item = new HashMap<>();
        item.put("id", digest.array());
        return item;
    }

    private static byte @Nullable [] bytes(@Nullable StoredResult result) {
        return result == null || result.isEvicted() ? null : result.bytes();
    }

    private static Map<ByteBuffer, StoredRow> rows(
            Connection connection, SqlTemplate template, List<Map<String, @Nullable Object>> items)
            throws SQLException {
        Map<ByteBuffer, StoredRow> rows = new HashMap<>();
        try (PreparedStatement statement = connection.prepareStatement(template.sql(items.size()))) {
            template.bind(statement, items);
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    rows.put(ByteBuffer.wrap(row.getBytes(1)), new StoredRow(row));
                }
            }
        }
        return rows;
    }

    private static Set<ByteBuffer> ids(
            Connection connection, SqlTemplate template, List<Map<String, @Nullable Object>> items)
            throws SQLException {
        Set<ByteBuffer> ids = new HashSet<>();
        try (PreparedStatement statement = connection.prepareStatement(template.sql(items.size()))) {
            template.bind(statement, items);
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    ids.add(ByteBuffer.wrap(row.getBytes(1)));
                }
            }
        }
        return ids;
    }
}
