package io.onceguard;

import java.util.List;

/**
 * One caller: where it lives, what it calls, and what its work does in each of its tries. It tries again after a
 * failure and after InProgress, until it has an answer or no try is left.
 *
 * @param role what it calls
 * @param node its process
 * @param key its key
 * @param input the input of the work, which the fingerprint is taken of
 * @param patience how long it waits for another holder, in nanoseconds; 0 for not at all
 * @param tries the work of each try
 */
record SimCaller(Role role, int node, int key, int input, long patience, List<SimWork> tries) {

    enum Role {
        /** Calls execute. */
        EXECUTES,
        /** An operator that removes the record as it is, once. */
        FORGETS,
        /** An operator that gives an unresolved record a value, once. */
        RESOLVES
    }

    static SimCaller on(int node, SimWork... tries) {
        return new SimCaller(Role.EXECUTES, node, 0, 0, 0, List.of(tries));
    }

    static SimCaller operator(Role role, int node) {
        return new SimCaller(role, node, 0, 0, 0, List.of(SimWork.returns()));
    }

    SimCaller waiting(long nanos) {
        return new SimCaller(role, node, key, input, nanos, tries);
    }

    SimCaller withInput(int other) {
        return new SimCaller(role, node, key, other, patience, tries);
    }

    SimCaller withKey(int other) {
        return new SimCaller(role, node, other, input, patience, tries);
    }

    SimCaller trying(List<SimWork> others) {
        return new SimCaller(role, node, key, input, patience, List.copyOf(others));
    }

    boolean isOperator() {
        return role != Role.EXECUTES;
    }

    @Override
    public String toString() {
        String where = "node " + node + ", key " + key;
        return isOperator()
                ? where + ": operator, " + role
                : where + ", input " + input + ", waits " + patience / 1_000_000 + " ms: " + tries;
    }
}
