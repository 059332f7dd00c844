package io.onceguard.examples;

import io.onceguard.Outcome;
import org.jspecify.annotations.Nullable;

/** What a client was told; the receipt is there if there is one. */
record Answer(PaymentRequest request, Kind kind, @Nullable Receipt receipt) {

    enum Kind {
        EXECUTED,
        REPLAYED,
        MISMATCH,
        UNRESOLVED,
        IN_PROGRESS,
        UNAVAILABLE
    }

    static Answer of(PaymentRequest request, Outcome<Receipt> outcome) {
        return outcome.fold(
                executed -> new Answer(request, Kind.EXECUTED, executed.value()),
                replayed -> new Answer(request, Kind.REPLAYED, replayed.value()),
                inProgress -> new Answer(request, Kind.IN_PROGRESS, null),
                mismatch -> new Answer(request, Kind.MISMATCH, null),
                unresolved -> new Answer(request, Kind.UNRESOLVED, null));
    }

    static Kind kindOf(Outcome<?> outcome) {
        return outcome.fold(
                executed -> Kind.EXECUTED,
                replayed -> Kind.REPLAYED,
                inProgress -> Kind.IN_PROGRESS,
                mismatch -> Kind.MISMATCH,
                unresolved -> Kind.UNRESOLVED);
    }

    static Answer unavailable(PaymentRequest request) {
        return new Answer(request, Kind.UNAVAILABLE, null);
    }

    /** Returns whether asking again is pointless; the other clients come back. */
    boolean isFinal() {
        return kind != Kind.IN_PROGRESS && kind != Kind.UNAVAILABLE;
    }
}
