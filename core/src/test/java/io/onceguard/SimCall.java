package io.onceguard;

import io.onceguard.spi.RecordId;

/** One call of execute in a run: what its work did, and what the call could have seen of the record meanwhile. */
final class SimCall {

    final SimCaller caller;
    final int node;
    final String name;
    final RecordId id;
    final SimWork work;
    final long begunAt;

    /** How often the work began. */
    int runs;
    /** What the work returned, or null. */
    String returned;
    /** What the work threw, or null. */
    RuntimeException thrown;
    /** Another attempt or call had to do with the key. */
    boolean sawOthers;
    /** The record was on hold. */
    boolean sawHeld;
    /** The record's lease was over, and nobody had taken over. */
    boolean sawAbandoned;

    SimCall(SimCaller caller, String name, RecordId id, SimWork work, long begunAt) {
        this.caller = caller;
        this.node = caller.node();
        this.name = name;
        this.id = id;
        this.work = work;
        this.begunAt = begunAt;
    }

    /** What the work returns: different for each call. */
    String value() {
        return name;
    }
}
