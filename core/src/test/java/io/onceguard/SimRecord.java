package io.onceguard;

import io.onceguard.ModelStore.Row;
import io.onceguard.spi.AttemptId;
import io.onceguard.spi.RecordState;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What a run has seen of one record: its last row, its lives, and what was done in each. */
final class SimRecord {

    /** From the grant on an absent record until that record expires or an operator removes it. */
    static final class Life {
        /** Calls whose effect took place, in order. */
        final List<SimCall> effects = new ArrayList<>();
        /** What the record was completed with, as {@link SimWitness} names answers; at most one if all is well. */
        final List<String> answers = new ArrayList<>();
        /** Attempts that took the record over from a dead or held one. */
        int takeovers;
        /** Attempts that gave the key back although their effect had taken place: the caller's own doing. */
        int released;
    }

    /** When a write was refused, and how often time had moved by then although somebody could have gone on. */
    record Refusal(long at, int timeMoves) {}

    /** The row after the last step; a step that another one interrupted does not see its own beginning here. */
    Row last;
    /** Until when the record must be kept, by what was asked of the store. */
    long keptUntil;

    /** An operator removed it. */
    boolean removed;

    long highestToken;
    final List<Life> lives = new ArrayList<>();
    final Map<Long, Life> lifeOfToken = new HashMap<>();
    /** The first refused write of the attempt with a token. Until it hears of that, it cannot know better. */
    final Map<Long, Refusal> refused = new HashMap<>();
    /** The numbers of the attempts whose last write the store accepted. */
    final Set<Integer> ended = new HashSet<>();
    /** Which call an attempt belongs to. */
    final Map<AttemptId, SimCall> callOf = new LinkedHashMap<>();

    /** Attempts that may leave a claim behind, because of what happened to their acquire or its release. */
    final Set<AttemptId> excused = new HashSet<>();

    Row live(long now) {
        return last == null || keptUntil <= now ? null : last;
    }

    Life life() {
        return lives.get(lives.size() - 1);
    }

    boolean inProgress(long now) {
        Row row = live(now);
        return row != null && row.state() == RecordState.IN_PROGRESS;
    }
}
