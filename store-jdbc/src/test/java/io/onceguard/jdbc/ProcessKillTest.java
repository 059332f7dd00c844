package io.onceguard.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.onceguard.Outcome;
import io.onceguard.Outcome.Executed;
import io.onceguard.Outcome.Replayed;
import io.onceguard.Outcome.Unresolved;
import io.onceguard.jdbc.WitnessedCharges.Guarantee;
import io.onceguard.jdbc.WitnessedProcess.Order;
import io.onceguard.jdbc.WitnessedProcess.Said;
import io.onceguard.testkit.StoreHarness;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Processes that take payments are killed; in the end a fresh caller asks for each of them. */
@Timeout(value = 30, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ProcessKillTest {

    /** In traffic, for each guarantee and database; one more kill of each is that of hanging work. */
    private static final int KILLS = Boolean.getBoolean(StoreHarness.SOAK_PROPERTY) ? 49 : 4;

    private static final int MOST_BEFORE_KILL = 40;

    private final String table = TestDatabase.newTable();

    private String create(TestDatabase database) {
        return create(database.newUrl());
    }

    private String create(String url) {
        WitnessedCharges.create(url, table);
        return url;
    }

    /** An H2 file does that after 45 seconds, and what leads to its last commit depends on it. */
    private String createWhereSpaceIsUsedAgain(TestDatabase database) {
        return create(database.newUrl() + (database == TestDatabase.H2_FILE ? ";RETENTION_TIME=500" : ""));
    }

    private static boolean hasValue(Outcome<String> outcome, int payment) {
        return (outcome instanceof Executed || outcome instanceof Replayed)
                && outcome.orElseThrow().equals("receipt of " + payment);
    }

    private static Outcome<String> ask(WitnessedCharges charges, int payment) throws Exception {
        String name = Integer.toString(payment);
        return charges.charge(name, connection -> charges.takeMoney(connection, name));
    }

    @ParameterizedTest
    @CsvSource({
        "H2_FILE, AT_LEAST_ONCE",
        "H2_FILE, AT_MOST_ONCE",
        "H2_FILE, SAME_TRANSACTION",
        "POSTGRESQL, AT_LEAST_ONCE",
        "POSTGRESQL, AT_MOST_ONCE",
        "POSTGRESQL, SAME_TRANSACTION",
        "MARIADB, AT_LEAST_ONCE",
        "MARIADB, AT_MOST_ONCE",
        "MARIADB, SAME_TRANSACTION",
        "MYSQL_DRIVER, SAME_TRANSACTION"
    })
    void D06_aKillBeforeAndBehindTheEffectLeavesWhatTheGuaranteeSays(TestDatabase database, Guarantee guarantee)
            throws Exception {
        String url = create(database);
        boolean together = guarantee == Guarantee.SAME_TRANSACTION;
        try (WitnessedProcess process = WitnessedProcess.start(new Order(url, table, guarantee, true, 0, Set.of()))) {
            process.killAfter(Said.HANGING, WitnessedCharges.THREADS);
            assertThat(process.interrupted()).hasSize(WitnessedCharges.THREADS);
        }
        try (WitnessedCharges charges = new WitnessedCharges(url, table, guarantee)) {
            assertThat(charges.records()).as("records").isEqualTo(together ? 0 : WitnessedCharges.THREADS);
            assertThat(charges.effects()).as("effects").hasSize(together ? 0 : WitnessedCharges.THREADS / 2);

            for (int payment = 0; payment < WitnessedCharges.THREADS; payment++) {
                boolean charged = payment % 2 != 0;
                Outcome<String> outcome = ask(charges, payment);
                int effects = charges.effects().getOrDefault(Integer.toString(payment), 0);
                String what = guarantee + ", killed " + (charged ? "behind" : "before") + " the effect";
                if (guarantee == Guarantee.AT_MOST_ONCE) {
                    assertThat(outcome).as(what).isInstanceOf(Unresolved.class);
                    assertThat(effects).as(what).isEqualTo(charged ? 1 : 0);
                } else {
                    assertThat(outcome).as(what).isInstanceOf(Executed.class);
                    assertThat(effects).as(what).isEqualTo(charged && !together ? 2 : 1);
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "H2_FILE, AT_LEAST_ONCE",
        "H2_FILE, AT_MOST_ONCE",
        "H2_FILE, SAME_TRANSACTION",
        "POSTGRESQL, AT_LEAST_ONCE",
        "POSTGRESQL, AT_MOST_ONCE",
        "POSTGRESQL, SAME_TRANSACTION",
        "MARIADB, SAME_TRANSACTION"
    })
    void D06_killsInTrafficLeaveNothingDoubleAndNothingLost(TestDatabase database, Guarantee guarantee)
            throws Exception {
        long seed = ThreadLocalRandom.current().nextLong();
        Random random = new Random(seed);
        String url = createWhereSpaceIsUsedAgain(database);
        Set<Integer> asked = new HashSet<>();
        Map<Integer, Integer> interruptions = new HashMap<>();
        Set<Integer> left = Set.of();
        int next = 0;
        for (int i = 0; i < KILLS; i++) {
            // an unresolved payment would end the process
            Set<Integer> again = guarantee == Guarantee.AT_MOST_ONCE ? Set.of() : left;
            try (WitnessedProcess process =
                    WitnessedProcess.start(new Order(url, table, guarantee, false, next, again))) {
                process.killAfter(Said.CHARGING, 1 + random.nextInt(MOST_BEFORE_KILL));
                asked.addAll(process.asked());
                left = process.interrupted();
                next = Collections.max(asked) + 1;
            }
            left.forEach(payment -> interruptions.merge(payment, 1, Integer::sum));
        }
        assertThat(interruptions)
                .as("payments under way at a kill, seed %d", seed)
                .isNotEmpty();

        try (WitnessedCharges charges = new WitnessedCharges(url, table, guarantee)) {
            Map<Integer, String> broken = new TreeMap<>();
            Map<Integer, Outcome<String>> outcomes = new HashMap<>();
            for (int payment : asked) {
                outcomes.put(payment, ask(charges, payment));
            }
            Map<String, Integer> effects = charges.effects();
            for (int payment : asked) {
                int charged = effects.getOrDefault(Integer.toString(payment), 0);
                int kills = interruptions.getOrDefault(payment, 0);
                if (!isKept(guarantee, outcomes.get(payment), payment, charged, kills)) {
                    broken.put(payment, charged + " effects, " + kills + " kills, " + outcomes.get(payment));
                }
            }
            assertThat(broken)
                    .as("%s on %s, seed %d", guarantee, database, seed)
                    .isEmpty();
            assertThat(effects).as("effects of unknown payments").hasSizeLessThanOrEqualTo(asked.size());
        }
    }

    /** A payment that no kill met was answered: it has its effect, and is replayed. */
    private static boolean isKept(Guarantee guarantee, Outcome<String> outcome, int payment, int charged, int kills) {
        boolean untouched = hasValue(outcome, payment) && outcome.isReplay() && charged == 1;
        if (kills == 0) {
            return untouched;
        }
        return switch (guarantee) {
            case AT_LEAST_ONCE -> hasValue(outcome, payment) && charged >= 1 && charged <= 1 + kills;
            case AT_MOST_ONCE ->
                hasValue(outcome, payment) ? charged == 1 : outcome instanceof Unresolved && charged <= 1;
            case SAME_TRANSACTION -> hasValue(outcome, payment) && charged == 1;
        };
    }
}
