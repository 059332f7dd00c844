package io.onceguard.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import io.onceguard.Fingerprint;
import io.onceguard.IdempotencyExecutor;
import io.onceguard.IdempotencyKey;
import io.onceguard.IdempotencyStoreException;
import io.onceguard.Outcome;
import io.onceguard.Outcome.InProgress;
import io.onceguard.Outcome.Replayed;
import io.onceguard.ResultCodec;
import io.onceguard.jdbc.CommitCutter.Cut;
import io.onceguard.jdbc.CommitCutter.Protocol;
import io.onceguard.jdbc.TestDatabase.Session;
import io.onceguard.spi.StoreException;
import io.onceguard.testkit.StoreHarness;
import java.net.URI;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.mariadb.jdbc.MariaDbDataSource;
import org.postgresql.ds.PGSimpleDataSource;

/** The connection to the database is cut around the commit: whoever asks again gets the charge, and there is one. */
@Timeout(value = 10, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class CutCommitTest {

    private static final int ROUNDS = Boolean.getBoolean(StoreHarness.SOAK_PROPERTY) ? 300 : 40;
    private static final List<Cut> KINDS = List.of(Cut.values());
    private static final int MOST_CUTS = 3;
    private static final int MOST_CALLS = 20;
    private static final Fingerprint INPUT = Fingerprint.of("input");

    private HikariDataSource direct;
    private CommitCutter cutter;
    private String table;
    private JdbcTransactions<String> charges;
    private int ambiguous;

    private void open(TestDatabase database) throws SQLException {
        String url = database.newUrl();
        direct = TestDatabase.pool(url, 2, Session.DEFAULT);
        table = TestDatabase.newTable(direct);
        TestDatabase.execute(direct, "CREATE TABLE " + table + "_witness (payment VARCHAR(100))");
        URI server = URI.create(url.substring("jdbc:".length()));
        cutter = new CommitCutter(server.getPort(), Protocol.valueOf(database.name()));
        String throughCutter = url.replace(server.getHost() + ":" + server.getPort(), "127.0.0.1:" + cutter.port());
        JdbcIdempotencyStore store = Requests.builder(withoutPool(database, throughCutter), table)
                .lockTimeout(Duration.ofSeconds(1))
                .build();
        charges = store.transactions(IdempotencyExecutor.atMostOnce("charge", ResultCodec.utf8(), store)
                .build());
    }

    /** A cut ends the connection. */
    private static DataSource withoutPool(TestDatabase database, String url) throws SQLException {
        if (database == TestDatabase.MARIADB) {
            return new MariaDbDataSource(url);
        }
        PGSimpleDataSource dataSource = new PGSimpleDataSource();
        dataSource.setURL(url + "&prepareThreshold=0&sslmode=disable&gssEncMode=disable");
        return dataSource;
    }

    @AfterEach
    void close() throws Exception {
        cutter.close();
        direct.close();
    }

    private String takeMoney(Connection connection, String payment) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement("INSERT INTO " + table + "_witness VALUES (?)")) {
            insert.setString(1, payment);
            insert.executeUpdate();
        }
        return "receipt of " + payment;
    }

    /** What a caller does: asks again with the same key. */
    private Outcome<String> chargePatiently(String payment) throws SQLException {
        for (int calls = 1; ; calls++) {
            try {
                Outcome<String> outcome = charges.execute(
                        IdempotencyKey.of("tenant", payment), INPUT, connection -> takeMoney(connection, payment));
                if (!(outcome instanceof InProgress)) {
                    return outcome;
                }
            } catch (StoreException failure) {
                ambiguous += failure.ambiguous() ? 1 : 0;
                cutter.heal();
            } catch (IdempotencyStoreException nothingApplied) {
                cutter.heal();
            }
            assertThat(calls).as("calls for %s", payment).isLessThan(MOST_CALLS);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"POSTGRESQL", "MARIADB"})
    void D06_aConnectionThatIsCutAroundTheCommitChargesOnce(TestDatabase database) throws Exception {
        open(database);
        long seed = ThreadLocalRandom.current().nextLong();
        Random random = new Random(seed);
        for (int round = 0; round < ROUNDS; round++) {
            String payment = "payment-" + round;
            List<Cut> cuts = Stream.generate(() -> KINDS.get(random.nextInt(KINDS.size())))
                    .limit(1 + random.nextInt(MOST_CUTS))
                    .toList();
            boolean refused = round % 4 == 0;
            int before = cutter.done();
            cutter.cutNext(cuts, refused ? 1 : 0);

            Outcome<String> outcome = chargePatiently(payment);

            String what = "round " + round + ", cuts " + cuts + ", seed " + seed;
            assertThat(cutter.done()).as("cuts, " + what).isGreaterThan(before);
            cutter.heal();
            assertThat(outcome.orElseThrow()).as(what).isEqualTo("receipt of " + payment);
            assertThat(effects(payment)).as("effects, " + what).isEqualTo("1");
            Outcome<String> again = chargePatiently(payment);
            assertThat(again).as(what).isInstanceOf(Replayed.class);
            assertThat(again.orElseThrow()).as(what).isEqualTo("receipt of " + payment);
        }
        assertThat(ambiguous).as("ambiguous failures, seed %d", seed).isGreaterThanOrEqualTo(ROUNDS / 4);
        assertThat(TestDatabase.query(direct, "SELECT COUNT(*) FROM " + table + "_witness"))
                .isEqualTo(Integer.toString(ROUNDS));
    }

    private String effects(String payment) {
        return TestDatabase.query(
                direct, "SELECT COUNT(*) FROM " + table + "_witness WHERE payment = '" + payment + "'");
    }
}
