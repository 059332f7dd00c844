package io.onceguard.testkit;

import io.onceguard.spi.IdempotencyStore;
import io.onceguard.spi.RecordId;
import java.time.Duration;
import java.util.Optional;

/**
 * What the contract suite needs to know about a store: how to open it, how to let time pass, and what it can do.
 *
 * <p>Every test opens a harness of its own and cleans it up at the end. A harness over a real server opens quickly:
 * the server and its schema are the business of the test class, and the harness only empties them. The suite calls
 * {@link #store()}, {@link #anotherNode()} and {@link #passTime} from many threads at once; the other methods from the
 * thread of the test.
 */
public interface StoreHarness {

    /** The system property that, set to {@code true}, makes the suite run at full length on every store. */
    String SOAK_PROPERTY = "onceguard.soak";

    /**
     * Returns the store under test. Its storage holds no records when the harness is opened.
     *
     * @return the same store at each call
     */
    IdempotencyStore store();

    /**
     * Opens what another node of the application would see: a new store instance, with a connection or client of its
     * own where it has one, over the same storage.
     *
     * @return another instance at each call; {@link #store()} itself if the storage lives in one store instance only
     */
    IdempotencyStore anotherNode();

    /**
     * Makes the store believe that this much time has passed since it last touched a record.
     *
     * <p>A store with an injected clock moves the clock, and time passes for all records. A store with a clock of its
     * own has every moment that it keeps for this record moved back by the duration: the end of the lease, the end of
     * the record, the moment from which its age counts, and whatever its purge goes by. A moment that is moved into
     * the past is over; nothing else about the record changes, and a record that is absent or kept for ever stays so.
     *
     * <p>One atomic step, like a call of the store: the suite calls this while other threads use the same record.
     *
     * @param id the record
     * @param duration how much time passes, from a millisecond to some decades; rounded up to the grain in which the
     *     store keeps its moments
     */
    void passTime(RecordId id, Duration duration);

    /**
     * Says that {@link #passTime} moves a clock and therefore concerns all records.
     *
     * @return false unless overridden
     */
    default boolean timePassesForAll() {
        return false;
    }

    /**
     * Says that the engine removes expired records by itself, and {@link IdempotencyStore#purgeExpired} has nothing to
     * do.
     *
     * @return false unless overridden
     */
    default boolean purgesItself() {
        return false;
    }

    /**
     * Returns everything that is stored for a record, in any text that is equal if and only if the stored content is:
     * the row, or the fields and the moment of expiry. The suite compares it before and after calls that must change
     * nothing. Times in it are absolute.
     *
     * @param id the record
     * @return the text, or empty if this harness cannot tell (or there is no record); the suite then compares what
     *     {@link IdempotencyStore#find} shows
     */
    default Optional<String> dump(RecordId id) {
        return Optional.empty();
    }

    /**
     * Opens a store whose engine cannot be reached: nothing that it is asked is ever applied.
     *
     * @return the store, or empty if the engine is the JVM itself and cannot fail
     */
    default Optional<IdempotencyStore> unreachableStore() {
        return Optional.empty();
    }

    /**
     * Opens a store over the same storage whose engine applies each step while its reply never arrives: the connection
     * breaks in between.
     *
     * @return the store, or empty if that cannot happen or cannot be arranged
     */
    default Optional<IdempotencyStore> replyLosingStore() {
        return Optional.empty();
    }

    /**
     * Returns how many rounds each race runs.
     *
     * @return 100 unless overridden; 1,000 if {@value #SOAK_PROPERTY} is true
     */
    default int raceRounds() {
        return Boolean.getBoolean(SOAK_PROPERTY) ? 1_000 : 100;
    }

    /**
     * Returns how many calls the fuzz test makes.
     *
     * @return 5,000 unless overridden; 100,000 if {@value #SOAK_PROPERTY} is true. A store in memory overrides this
     *     with 100,000
     */
    default int fuzzCalls() {
        return Boolean.getBoolean(SOAK_PROPERTY) ? 100_000 : 5_000;
    }

    /**
     * Checks what must hold of the store's inside between calls: no connection borrowed, a time to live on every key,
     * no row without a purge hour. Runs after every test, before {@link #cleanUp()}.
     *
     * @throws AssertionError if something does not hold
     */
    default void checkInvariants() {}

    /** Closes what was opened through this harness and removes its records. Runs after every test, failed or not. */
    default void cleanUp() {}
}
