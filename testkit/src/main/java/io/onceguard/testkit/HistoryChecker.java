package io.onceguard.testkit;

import io.onceguard.spi.RecordId;
import io.onceguard.testkit.History.Call;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Judges a history: is there, for each record, an order of the calls that explains every answer?
 *
 * <p>A call takes effect at one moment between its beginning and its end (rule R01), so the order may be chosen among
 * calls that overlapped, and only there. Every answer must be what the protocol says in the state that the calls
 * before it have led to; {@link Step} says what that is, rule by rule. Records are independent of each other, so each is
 * judged for itself.
 *
 * <p>The search goes through the beginnings and ends of calls in time. It keeps every state that some order of the
 * calls so far can have led to, each with the calls that took effect in it but are not over yet. When a call is over,
 * only those states survive in which it has taken effect, if necessary after other calls that are still under way. When
 * none survives, no order explains the answer, and the rules that it broke are reported.
 */
final class HistoryChecker {

    /** A possible state, and the calls under way whose effect is in it. */
    private record Possibility(ModelState state, Set<Call> done) {

        Possibility after(Call call) {
            Set<Call> next = new HashSet<>(done);
            next.add(call);
            return new Possibility(call.step().from(state), next);
        }

        Possibility over(Call call) {
            Set<Call> next = new HashSet<>(done);
            next.remove(call);
            return new Possibility(state, next);
        }
    }

    private final List<Call> soFar = new ArrayList<>();
    private final Set<Call> underWay = new LinkedHashSet<>();
    private Set<Possibility> possible = Set.of(new Possibility(ModelState.FRESH, Set.of()));

    private HistoryChecker() {}

    /**
     * Judges a history that began with an empty store.
     *
     * @param history the calls, in any order
     * @return what was found, at most one fault for each record; empty if everything can be explained
     */
    static List<String> faultsOf(Collection<Call> history) {
        Map<RecordId, List<Call>> byRecord = new LinkedHashMap<>();
        for (Call call : history) {
            byRecord.computeIfAbsent(call.id(), id -> new ArrayList<>()).add(call);
        }
        List<String> faults = new ArrayList<>();
        byRecord.values().forEach(calls -> {
            String fault = new HistoryChecker().judge(calls);
            if (!fault.isEmpty()) {
                faults.add(fault);
            }
        });
        return faults;
    }

    private String judge(List<Call> calls) {
        List<Call> beginnings = new ArrayList<>(calls);
        beginnings.sort(Comparator.comparingLong(Call::called));
        List<Call> ends = new ArrayList<>(calls);
        ends.sort(Comparator.comparingLong(Call::answered));
        int begun = 0;
        for (Call call : ends) {
            while (begun < beginnings.size() && beginnings.get(begun).called() < call.answered()) {
                underWay.add(beginnings.get(begun++));
            }
            Set<Possibility> before = possible;
            possible = statesAfter(call);
            if (possible.isEmpty()) {
                return explain(call, before);
            }
            underWay.remove(call);
            soFar.add(call);
        }
        return "";
    }

    private Set<Possibility> statesAfter(Call call) {
        Set<Possibility> after = new HashSet<>();
        Set<Possibility> seen = new HashSet<>();
        for (Possibility one : possible) {
            collect(one, call, seen, after);
        }
        return after;
    }

    /** Collects the states in which the call has taken effect, also after others that are under way. */
    private void collect(Possibility from, Call call, Set<Possibility> seen, Set<Possibility> after) {
        Possibility now = withIdleCalls(from);
        if (!seen.add(now)) {
            return;
        }
        if (now.done().contains(call)) {
            after.add(now.over(call));
            return;
        }
        for (Call next : underWay) {
            if (!now.done().contains(next) && isPossible(next, now)) {
                collect(now.after(next), call, seen, after);
            }
        }
    }

    /**
     * Lets all calls take effect that fit and are known to change nothing: to place such a call early takes no other
     * order away, and keeps the search small.
     */
    private Possibility withIdleCalls(Possibility from) {
        Set<Call> done = new HashSet<>(from.done());
        for (Call next : underWay) {
            if (next.step().isIdle() && isPossible(next, from)) {
                done.add(next);
            }
        }
        return new Possibility(from.state(), done);
    }

    private static boolean isPossible(Call call, Possibility now) {
        try {
            call.step().from(now.state());
            return true;
        } catch (Contradiction impossible) {
            return false;
        }
    }

    private String explain(Call call, Set<Possibility> before) {
        Set<String> rules = new TreeSet<>();
        for (Possibility one : before) {
            try {
                call.step().from(one.state());
            } catch (Contradiction broken) {
                rules.add(String.valueOf(broken.getMessage()));
            }
        }
        List<Call> last = soFar.subList(Math.max(0, soFar.size() - 8), soFar.size());
        StringBuilder text = new StringBuilder("no order explains a call on " + call.id() + ": " + rules);
        text.append("\n  the call:   ").append(call);
        last.forEach(one -> text.append("\n  before:     ").append(one));
        underWay.stream()
                .filter(one -> !one.equals(call))
                .forEach(one -> text.append("\n  meanwhile:  ").append(one));
        before.forEach(one -> text.append("\n  possible:   ").append(one.state()));
        return text.toString();
    }
}
