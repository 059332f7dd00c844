package io.onceguard.jdbc;

import static java.util.Objects.requireNonNull;

import io.onceguard.spi.AcquireRequest;
import io.onceguard.spi.AcquireResult;
import io.onceguard.spi.AcquireResult.Acquired;
import io.onceguard.spi.Answer;
import io.onceguard.spi.StoreException;
import java.nio.ByteBuffer;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One acquire of one or many records: tries to take each, and looks at those that it did not get. A record that could
 * have been taken when it was looked at was moved by somebody in between, and is tried again. One thread, one use.
 */
final class Acquisition {

    /** Nobody moves one record so often between two statements of another caller. */
    private static final int MAX_LOOKS = 40;

    private final Statements statements;
    private final Steps steps;
    private final Sightings sightings;
    private final SortedMap<ByteBuffer, AcquireRequest> open;
    private final Map<ByteBuffer, Answer<AcquireResult>> answers = new HashMap<>();
    private boolean hasBegunWork;

    Acquisition(
            Statements statements, Steps steps, Sightings sightings, SortedMap<ByteBuffer, AcquireRequest> requests) {
        this.statements = statements;
        this.steps = steps;
        this.sightings = sightings;
        open = new TreeMap<>(requests);
    }

    /**
     * Runs it.
     *
     * @param readFirst whether to look before trying
     * @return an answer for every request; a failure only for those that were not answered before it happened
     */
    Map<ByteBuffer, Answer<AcquireResult>> run(boolean readFirst) {
        boolean unknown = open.size() == 1 && !sightings.has(open.firstKey());
        try {
            if (lookFirst(readFirst) || sightings.othersAreNew()) {
                insert(Duration.ZERO, false);
            } else {
                claim();
            }
            settleTheRest();
            if (unknown) {
                sightings.judge(isFirst(answers.values().iterator().next()));
            }
        } catch (StoreException failure) {
            if (answers.isEmpty()) {
                throw failure;
            }
            fail(failure);
        }
        return answers;
    }

    /** Looks at what is probably there. Returns whether it looked. */
    boolean lookFirst(boolean readFirst) {
        boolean looks = readFirst || (open.size() == 1 && isThere());
        if (looks) {
            look();
        }
        return looks;
    }

    /** Whether a look answers, probably; and only where it costs less than a write in vain. */
    private boolean isThere() {
        return sightings.has(open.firstKey())
                ? statements.readFirst() || statements.hasInsert()
                : statements.readFirst() && !sightings.othersAreNew();
    }

    private static boolean isFirst(Answer<AcquireResult> answer) {
        return answer.orElseThrow() instanceof Acquired acquired
                && acquired.lease().number() == 1;
    }

    private void claim() {
        if (open.size() == 1 && statements.hasClaim()) {
            take(statements::claim);
        }
    }

    /**
     * Tries what does for a new record, if there is but one, and looks at it if it is not new.
     *
     * @param patience how long it waits for another transaction, in a transaction
     * @param beginsWork whether to set a savepoint behind the record in the same step, if the database can
     */
    void insert(Duration patience, boolean beginsWork) {
        if (open.size() == 1 && statements.hasInsert()) {
            take((connection, requests) -> statements.insert(connection, requests, patience, beginsWork));
            hasBegunWork = isOver() && beginsWork && statements.insertCanBeginWork();
            look();
        }
    }

    /** Whether the insert took the record and set the savepoint. */
    boolean hasBegunWork() {
        return hasBegunWork;
    }

    boolean isOver() {
        return open.isEmpty();
    }

    /** Takes and looks until every request has its answer. */
    Map<ByteBuffer, Answer<AcquireResult>> settleTheRest() {
        for (int looks = 0; looks < MAX_LOOKS && !open.isEmpty(); looks++) {
            take(statements::acquire);
            look();
        }
        if (!open.isEmpty()) {
            throw steps.outpaced("acquire");
        }
        return answers;
    }

    /** The answers so far. */
    Map<ByteBuffer, Answer<AcquireResult>> answers() {
        return answers;
    }

    private void fail(StoreException failure) {
        open.keySet().forEach(digest -> answers.put(digest, Answer.failed(failure)));
    }

    private void look() {
        if (open.isEmpty()) {
            return;
        }
        Map<ByteBuffer, StoredRow> rows =
                steps.read("acquire", connection -> statements.find(connection, open.keySet()));
        rows.forEach((digest, row) -> settle(digest, row.refused(requestOf(digest))));
    }

    private interface Statement {
        Map<ByteBuffer, StoredRow> run(Connection connection, Map<ByteBuffer, AcquireRequest> requests)
                throws SQLException;
    }

    private void take(Statement statement) {
        Map<ByteBuffer, StoredRow> rows = steps.write("acquire", connection -> statement.run(connection, open));
        rows.forEach((digest, row) -> {
            AcquireRequest request = requestOf(digest);
            AcquireResult lease = row.granted(request);
            settle(digest, lease == null ? row.refused(request) : lease);
        });
    }

    private AcquireRequest requestOf(ByteBuffer digest) {
        return requireNonNull(open.get(digest));
    }

    private void settle(ByteBuffer digest, @Nullable AcquireResult answer) {
        if (answer != null) {
            answers.put(digest, Answer.of(answer));
            open.remove(digest);
            sightings.add(digest);
        }
    }
}
