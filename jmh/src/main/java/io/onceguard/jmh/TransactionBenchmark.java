package io.onceguard.jmh;

import io.onceguard.Outcome;
import io.onceguard.jdbc.JdbcTransactions;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.infra.Blackhole;

/**
 * TRANSACTION: a first execution that inserts one row of business in the transaction of its record. The limit claims in a
 * transaction of its own, and does the business and keeps the result in another. The storm is that of {@link
 * StormBenchmark}, in one node, waiting.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class TransactionBenchmark {

    @Param({"h2-file", "postgresql"})
    public String store;

    private JdbcBackend backend;
    private JdbcTransactions<byte[]> transactions;
    private Interleaving interleaving;
    private HandWrittenStorm byHand;
    private Storm storm;

    @Setup(Level.Trial)
    public void open() throws Exception {
        backend = (JdbcBackend) Backend.open(store);
        transactions = backend.store().transactions(Keys.executor(backend.store()));
        interleaving = new Interleaving(this::limit, this::library);
        byHand = new HandWrittenStorm(
                backend.limit(), key -> backend.limit().firstInTwoCommits(key, TransactionBenchmark::workAndBook));
        storm = new Storm(StormBenchmark.THREADS);
    }

    @Setup(Level.Iteration)
    public void clear() throws Exception {
        backend.clear();
    }

    @TearDown(Level.Trial)
    public void close() throws Exception {
        storm.close();
        backend.close();
    }

    @Benchmark
    public void interleaved(Costs costs, Blackhole hole) throws Exception {
        interleaving.pair(costs, hole);
    }

    @Benchmark
    public void storm(Costs costs) throws Exception {
        storm.pair(
                costs,
                (number, key) -> byHand.await(key),
                (number, key) -> transactions
                        .execute(Keys.of(key), Keys.INPUT, connection -> workAndBook(connection, key))
                        .orElseThrow());
    }

    @Benchmark
    public byte[] limit() throws Exception {
        return backend.limit().firstInTwoCommits(Keys.fresh(), TransactionBenchmark::book);
    }

    @Benchmark
    public Outcome<byte[]> library() throws Exception {
        String key = Keys.fresh();
        return transactions.execute(Keys.of(key), Keys.INPUT, connection -> book(connection, key));
    }

    private static byte[] book(Connection connection, String key) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement("INSERT INTO booking (record_key, amount) VALUES (?, 42)")) {
            statement.setString(1, key);
            statement.executeUpdate();
        }
        return Keys.RESULT;
    }

    private static byte[] workAndBook(Connection connection, String key) throws SQLException {
        Storm.work();
        return book(connection, key);
    }
}
