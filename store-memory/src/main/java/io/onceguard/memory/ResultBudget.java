package io.onceguard.memory;

import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The completed entries that still have their bytes, in the order of completion, and what they weigh together.
 *
 * <p>Oldest first and not by the cache's own policy, because a retry follows soon after the call that it repeats. A
 * policy that guards what was there first against a flood of new keys drops the very results that will be asked for.
 *
 * <p>Its lock is a leaf: nothing is called while it is held, so that it may be taken within a step on a record.
 */
final class ResultBudget {

    private final long maximum;
    private final Set<Entry> oldestFirst = new LinkedHashSet<>();
    private volatile long bytes;

    ResultBudget(long maximum) {
        this.maximum = maximum;
    }

    /** Returns what the results weigh together. */
    long bytes() {
        return bytes;
    }

    /** Returns whether the entry could be kept if there were no others. */
    boolean fits(Entry entry) {
        return entry.weight() <= maximum;
    }

    void add(Entry entry) {
        if (entry.weight() > 0) {
            synchronized (this) {
                oldestFirst.add(entry);
                bytes += entry.weight();
            }
        }
    }

    void remove(Entry entry) {
        if (entry.weight() > 0) {
            synchronized (this) {
                if (oldestFirst.remove(entry)) {
                    bytes -= entry.weight();
                }
            }
        }
    }

    /** Removes and returns the oldest entry, or returns null if all of them may stay. */
    @Nullable
    Entry pollExcess() {
        if (bytes <= maximum) {
            return null;
        }
        synchronized (this) {
            Iterator<Entry> entries = oldestFirst.iterator();
            if (bytes <= maximum || !entries.hasNext()) {
                return null;
            }
            Entry oldest = entries.next();
            entries.remove();
            bytes -= oldest.weight();
            return oldest;
        }
    }
}
