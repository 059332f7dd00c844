package io.onceguard;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Makes plans from seeds: many callers, keys, inputs and processes, of every policy, with everything going wrong. */
final class SimulationPlans {

    private static final int MAX_CALLERS = 8;
    private static final List<FailurePolicy> POLICIES =
            List.of(FailurePolicy.RELEASE, FailurePolicy.RECORD, FailurePolicy.HOLD);
    private static final long MILLIS = 1_000_000L;

    private SimulationPlans() {}

    static SimPlan of(long seed) {
        SplittableRandom random = new SplittableRandom(~seed);
        int nodes = 1 + random.nextInt(3);
        boolean local = nodes == 1 && random.nextInt(3) == 0;
        boolean operated = random.nextInt(6) == 0;
        int keys = 1 + random.nextInt(3);
        int inputs = random.nextInt(4) == 0 ? 2 : 1;
        List<SimCaller> callers = new ArrayList<>();
        int count = 2 + random.nextInt(MAX_CALLERS - 1);
        for (int i = 0; i < count; i++) {
            callers.add(caller(random, random.nextInt(nodes))
                    .withKey(random.nextInt(keys))
                    .withInput(random.nextInt(inputs)));
        }
        if (operated) {
            SimCaller.Role role = random.nextBoolean() ? SimCaller.Role.FORGETS : SimCaller.Role.RESOLVES;
            callers.add(SimCaller.operator(role, random.nextInt(nodes)).withKey(random.nextInt(keys)));
        }
        long retention = random.nextInt(6) == 0 ? 50 * MILLIS : SimPlan.RETENTION;
        SimPlan.Mode mode =
                new SimPlan.Mode(local, random.nextInt(3) > 0, random.nextInt(6) == 0, retention, true, false);
        SimBudget budget = new SimBudget(
                SimBudget.ANY,
                random.nextInt(8),
                random.nextInt(3),
                random.nextInt(4),
                random.nextInt(nodes + 1),
                SimBudget.ANY);
        Guarantee guarantee = random.nextBoolean() ? Guarantee.AT_MOST_ONCE : Guarantee.AT_LEAST_ONCE;
        return new SimPlan("seed " + seed, guarantee, mode, budget, callers, SimFault.NONE);
    }

    /** The same in batches, in which nobody waits for another holder. */
    static SimPlan batched(long seed) {
        SimPlan plan = of(seed);
        return plan.with(plan.mode().inBatches())
                .with(plan.callers().stream().map(caller -> caller.waiting(0)).toList());
    }

    private static SimCaller caller(SplittableRandom random, int node) {
        SimWork[] tries = new SimWork[1 + random.nextInt(3)];
        for (int i = 0; i < tries.length; i++) {
            tries[i] = work(random);
        }
        long patience = random.nextBoolean() ? 0 : (20 + random.nextInt(600)) * MILLIS;
        return SimCaller.on(node, tries).waiting(patience);
    }

    private static SimWork work(SplittableRandom random) {
        FailurePolicy policy = POLICIES.get(random.nextInt(POLICIES.size()));
        SimWork work = switch (random.nextInt(6)) {
            case 0 -> SimWork.failsBefore(policy);
            case 1 -> SimWork.failsAfter(policy);
            default -> SimWork.returns();
        };
        return random.nextInt(4) == 0 ? work.taking((20 + random.nextInt(300)) * MILLIS) : work;
    }
}
