package io.onceguard.jmh;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.openjdk.jmh.infra.Blackhole;

class InterleavingTest {

    private final Blackhole hole = new Blackhole(
            "Today's password is swordfish. I understand instantiating Blackholes directly is dangerous.");

    @Test
    void everyCallIsCountedOnItsSide() throws Exception {
        int[] calls = new int[2];
        Interleaving interleaving = new Interleaving(() -> calls[0]++, 1, () -> calls[1]++, 500);
        Costs costs = new Costs();
        for (int i = 0; i < 20; i++) {
            interleaving.pair(costs, hole);
        }
        assertThat(costs.limitCalls).isEqualTo(calls[0]).isPositive();
        assertThat(costs.calls).isEqualTo(500L * calls[1]).isPositive();
        assertThat(costs.limitNanos).isPositive();
        assertThat(costs.nanos).isPositive();
    }

    @Test
    void whoBeginsChanges() throws Exception {
        List<String> order = new ArrayList<>();
        Interleaving interleaving = new Interleaving(() -> note(order, "limit"), () -> note(order, "library"));
        for (int i = 0; i < 4; i++) {
            interleaving.pair(new Costs(), hole);
        }
        assertThat(order).containsExactly("limit", "library", "limit", "library", "limit");
    }

    /** Each turn of a side is noted once, however many calls it has. */
    private static String note(List<String> order, String side) {
        if (order.isEmpty() || !order.get(order.size() - 1).equals(side)) {
            order.add(side);
        }
        return side;
    }

    @Test
    void allocationsOfTheCallingThreadAreCounted() throws Exception {
        Interleaving interleaving = new Interleaving(() -> "", () -> new byte[10_000]);
        Costs costs = new Costs();
        for (int i = 0; i < 20; i++) {
            interleaving.pair(costs, hole);
        }
        assertThat((double) costs.bytes / costs.calls).isBetween(10_000.0, 11_000.0);
        assertThat((double) costs.limitBytes / costs.limitCalls).isLessThan(1_000);
    }
}
