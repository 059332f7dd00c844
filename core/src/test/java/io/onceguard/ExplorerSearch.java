package io.onceguard;

import java.util.Arrays;
import java.util.List;

/**
 * Walks the tree of all picks of a plan, depth first, by running the plan again and again: each run follows the path
 * that was found last and then the plain options. Every node of the tree is visited once, so the nodes are distinct
 * prefixes of schedules.
 *
 * <p>What is not branched on, because it makes no difference that a rule could see: switches between processes at
 * points that only one process can see (the other process could as well have acted at the next visible point), crashes
 * anywhere but before something visible, replies lost or late of calls that change nothing.
 */
final class ExplorerSearch implements SimChoices {

    private int[] path = new int[256];
    private int[] widths = new int[256];
    private int known;
    private int length;

    private long prefixes;
    private long runs;

    /** What a search did. */
    record Report(long runs, long prefixes, boolean complete, Found found) {}

    /** A run that broke a rule: the rule, and the picks that lead there. */
    record Found(String rule, List<Integer> picks) {}

    private ExplorerSearch() {}

    /** Searches until the tree is done, something is found, or enough prefixes were seen. */
    static Report search(SimPlan plan, long enough) {
        ExplorerSearch search = new ExplorerSearch();
        while (true) {
            Found found = search.once(plan);
            if (found != null) {
                return search.report(false, found);
            }
            if (!search.advance()) {
                return search.report(true, null);
            }
            if (search.prefixes >= enough) {
                return search.report(false, null);
            }
        }
    }

    private Report report(boolean complete, Found found) {
        return new Report(runs, prefixes, complete, found);
    }

    private Found once(SimPlan plan) {
        length = 0;
        runs++;
        try {
            SimWorld.run(plan, this, SimTrace.silent());
            return null;
        } catch (SimViolation violation) {
            return new Found(
                    violation.getMessage(),
                    Arrays.stream(path, 0, length).boxed().toList());
        } finally {
            prefixes += length - Math.max(0, known - 1);
        }
    }

    /** Turns to the next path: the last pick that has another option takes it. */
    private boolean advance() {
        known = length;
        while (known > 0 && path[known - 1] + 1 >= widths[known - 1]) {
            known--;
        }
        if (known == 0) {
            return false;
        }
        path[known - 1]++;
        return true;
    }

    @Override
    public int pick(int[] options, int count) {
        if (length == path.length) {
            path = Arrays.copyOf(path, 2 * length);
            widths = Arrays.copyOf(widths, 2 * length);
        }
        if (length >= known) {
            path[length] = 0;
            widths[length] = count;
        } else if (widths[length] != count) {
            throw new AssertionError(
                    "the run is not a function of its picks: " + widths[length] + " options, now " + count);
        }
        return path[length++];
    }
}
