package io.onceguard.examples;

import com.zaxxer.hikari.HikariDataSource;
import io.onceguard.Fingerprint;
import io.onceguard.IdempotencyExecutor;
import io.onceguard.IdempotencyExecutorBuilder;
import io.onceguard.IdempotencyKey;
import io.onceguard.IdempotencyListener;
import io.onceguard.ResultCodec;
import io.onceguard.jdbc.JdbcIdempotencyStore;
import io.onceguard.jdbc.JdbcSchema;
import io.onceguard.messaging.IdempotentConsumer;
import io.onceguard.messaging.IdempotentConsumerBuilder;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import javax.sql.DataSource;

/** Consumers of the same messages under each guarantee. The witness is a table in which each effect leaves a row. */
final class WitnessedBookings {

    enum Guarantee {
        AT_LEAST_ONCE,
        AT_MOST_ONCE,
        SAME_TRANSACTION
    }

    /**
     * What surrounds an effect.
     *
     * @param before runs before it, with the id of the message
     * @param behind runs behind it; in the same transaction, the effect is not committed then
     */
    record Surroundings(Consumer<String> before, Consumer<String> behind) {}

    private final Guarantee guarantee;
    private final JdbcIdempotencyStore store;
    private final Bookings books;
    private final Duration lease;
    private final IdempotencyListener listener;

    WitnessedBookings(DataSource pool, String table, Guarantee guarantee, Duration lease, IdempotencyListener listener)
            throws SQLException {
        this.guarantee = guarantee;
        this.store = JdbcIdempotencyStore.builder(pool).table(table).build();
        this.books = books(pool, table, guarantee);
        this.lease = lease;
        this.listener = listener;
    }

    private static Bookings books(DataSource pool, String table, Guarantee guarantee) throws SQLException {
        return new Bookings(pool, table + "_" + guarantee);
    }

    /** Creates the tables; opening them twice at the same time would be a race. */
    static void create(DataSource pool, String table) throws SQLException {
        JdbcSchema.createIfAbsent(pool, table);
        for (Guarantee guarantee : Guarantee.values()) {
            books(pool, table, guarantee);
        }
    }

    static Map<String, Integer> effects(DataSource pool, String table, Guarantee guarantee) throws SQLException {
        return books(pool, table, guarantee).timesBooked();
    }

    static HikariDataSource pool(String url) {
        HikariDataSource pool = new HikariDataSource();
        pool.setJdbcUrl(url);
        pool.setMaximumPoolSize(12);
        pool.setMinimumIdle(1);
        return pool;
    }

    <M> IdempotentConsumer<M> consumer(Function<M, String> id, Surroundings surroundings) {
        IdempotencyExecutorBuilder<Void> operation = guarantee == Guarantee.AT_MOST_ONCE
                ? IdempotencyExecutor.atMostOnce("book-" + guarantee, ResultCodec.<Void>none(), store)
                : IdempotencyExecutor.atLeastOnce("book-" + guarantee, ResultCodec.<Void>none(), store);
        operation.lease(lease).listener(listener);
        Function<M, IdempotencyKey> key = message -> IdempotencyKey.of("bookings", id.apply(message));
        if (guarantee == Guarantee.SAME_TRANSACTION) {
            return ready(IdempotentConsumer.of(store.transactions(operation.build()), key)
                    .action((message, connection) -> {
                        surroundings.before.accept(id.apply(message));
                        books.book(connection, id.apply(message), 1);
                        surroundings.behind.accept(id.apply(message));
                    }));
        }
        return ready(IdempotentConsumer.of(operation.build(), key).action(message -> {
            surroundings.before.accept(id.apply(message));
            books.book(id.apply(message), 1);
            surroundings.behind.accept(id.apply(message));
        }));
    }

    private static <M> IdempotentConsumer<M> ready(IdempotentConsumerBuilder<M, ?, ?> builder) {
        return builder.fingerprint(message -> Fingerprint.none())
                .retryDelay(Duration.ofMillis(20), Duration.ofSeconds(1))
                .build();
    }
}
