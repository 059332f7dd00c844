package io.onceguard;

import io.onceguard.FaultyStore.Verb;
import java.util.ArrayList;
import java.util.List;

/**
 * A cell of the table of faults: which call of the store goes wrong and how, under which policies, and who else calls.
 *
 * @param always whether each such call goes wrong until the store is healed, or only the first
 */
record FaultCell(Setting setting, Guarantee guarantee, How how, boolean always, Second second) {

    /** What the first caller is about to do when its call of the store goes wrong. */
    enum Setting {
        ACQUIRE_FAIL_CLOSED(Verb.ACQUIRE),
        ACQUIRE_FAIL_OPEN(Verb.ACQUIRE),
        /** The record was left behind by an attempt that died. */
        ACQUIRE_ABANDONED(Verb.ACQUIRE),
        /** As before; the reconciler finds that there was no effect. */
        ACQUIRE_RECONCILED(Verb.ACQUIRE),
        RENEW(Verb.RENEW_ALL),
        COMPLETE_VALUE(Verb.COMPLETE),
        /** The value is too large to be kept. */
        COMPLETE_WITHOUT_RESULT(Verb.COMPLETE),
        COMPLETE_FAILURE(Verb.COMPLETE),
        /** The reconciler finds the effect of an attempt that died. */
        COMPLETE_LANDED(Verb.COMPLETE),
        /** There is no room for deferred writes. */
        COMPLETE_NO_ROOM(Verb.COMPLETE),
        RELEASE_FAILURE(Verb.RELEASE),
        RELEASE_NOT_RECORDED(Verb.RELEASE),
        /** The value is too large to be kept, and the policy says that the key is freed. */
        RELEASE_TOO_LARGE(Verb.RELEASE),
        HOLD_FAILURE(Verb.HOLD),
        /** The reconciler does not know what became of an attempt that died. */
        HOLD_UNKNOWN(Verb.HOLD),
        /** The completion was refused, because an operator had resolved the record. */
        FIND_AFTER_REFUSAL(Verb.FIND),
        OPERATOR_FINDS(Verb.FIND),
        OPERATOR_RESOLVES(Verb.RESOLVE),
        OPERATOR_FORGETS(Verb.DELETE);

        final Verb verb;

        Setting(Verb verb) {
            this.verb = verb;
        }

        /** Whether an attempt has died before. */
        boolean abandoned() {
            return switch (this) {
                case ACQUIRE_ABANDONED, ACQUIRE_RECONCILED, COMPLETE_LANDED, HOLD_UNKNOWN -> true;
                default -> operated();
            };
        }

        /** Whether the first caller is an operator. */
        boolean operated() {
            return this == OPERATOR_FINDS || this == OPERATOR_RESOLVES || this == OPERATOR_FORGETS;
        }

        boolean reconciled() {
            return this == ACQUIRE_RECONCILED || this == COMPLETE_LANDED || this == HOLD_UNKNOWN;
        }

        /** Whether the first caller's work goes on for longer than a lease. */
        boolean worksLong() {
            return verb == Verb.ACQUIRE || this == RENEW || this == FIND_AFTER_REFUSAL;
        }
    }

    /** How the call goes wrong. */
    enum How {
        /** It fails before it is applied. */
        FAILS,
        /** It is applied, and the reply is lost. */
        REPLY_LOST,
        /** It hangs for longer than a lease, and is applied then. */
        HANGS,
        /** It is applied, and the reply takes longer than a lease. */
        REPLY_LATE,
        /** The caller hears of a failure, and the request arrives longer than a lease after that. */
        ARRIVES_LATE
    }

    /** Who calls while the first caller's call of the store is under way. */
    enum Second {
        NOBODY,
        HERE_REJECTS,
        HERE_WAITS,
        ELSEWHERE_REJECTS,
        ELSEWHERE_WAITS;

        boolean here() {
            return this == HERE_REJECTS || this == HERE_WAITS;
        }

        boolean waits() {
            return this == HERE_WAITS || this == ELSEWHERE_WAITS;
        }
    }

    static List<FaultCell> of(Setting setting) {
        List<FaultCell> cells = new ArrayList<>();
        for (Guarantee guarantee : Guarantee.values()) {
            for (How how : How.values()) {
                for (boolean always : new boolean[] {false, true}) {
                    for (Second second : Second.values()) {
                        cells.add(new FaultCell(setting, guarantee, how, always, second));
                    }
                }
            }
        }
        return cells;
    }

    /** The key of the cell in the table. */
    String name() {
        return setting + " " + how + (always ? " always" : " once") + ", " + guarantee + ", " + second;
    }
}
