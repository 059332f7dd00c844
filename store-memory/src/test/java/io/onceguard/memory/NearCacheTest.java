package io.onceguard.memory;

import static io.onceguard.memory.Attempts.RETENTION;
import static io.onceguard.memory.Attempts.acquire;
import static io.onceguard.memory.Attempts.bytes;
import static io.onceguard.memory.Attempts.complete;
import static io.onceguard.memory.Attempts.granted;
import static io.onceguard.memory.Attempts.key;
import static io.onceguard.memory.Attempts.request;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.onceguard.spi.AcquireRequest;
import io.onceguard.spi.AcquireResult;
import io.onceguard.spi.AcquireResult.Acquired;
import io.onceguard.spi.AcquireResult.Completed;
import io.onceguard.spi.Answer;
import io.onceguard.spi.Completion;
import io.onceguard.spi.IdempotencyStore;
import io.onceguard.spi.Lease;
import io.onceguard.spi.Retention;
import io.onceguard.spi.StoreException;
import io.onceguard.spi.StoredRecord;
import io.onceguard.spi.StoredResult;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** C04: when the near cache answers, and when it does not. */
class NearCacheTest {

    private static final Duration MAX_AGE = Duration.ofSeconds(60);

    private final TestClock clock = new TestClock();
    private final IdempotencyStore truth =
            InMemoryIdempotencyStore.builder().ticker(clock::read).build();

    /** The calls that reached the other store, by their names. */
    private final List<String> calls = new ArrayList<>();

    /** Runs when the other store has done the next call, before its reply arrives. */
    private Runnable beforeReply = () -> {};

    private final NearCacheIdempotencyStore store = nearCache(64L << 20);

    private NearCacheIdempotencyStore nearCache(long maxBytes) {
        IdempotencyStore observed = (IdempotencyStore) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {IdempotencyStore.class}, (self, method, arguments) -> {
                    calls.add(method.getName());
                    Object answer = method.invoke(truth, arguments);
                    Runnable event = beforeReply;
                    beforeReply = () -> {};
                    event.run();
                    return answer;
                });
        return NearCacheIdempotencyStore.builder(observed)
                .maxBytes(maxBytes)
                .ticker(clock::read)
                .build();
    }

    private StoredRecord replayed(long number) {
        AcquireResult answer = store.acquire(request(key(number)));
        assertThat(answer).isInstanceOf(Completed.class);
        return ((Completed) answer).record();
    }

    @Test
    void C04_aReplayOfWhatWasCompletedHereMakesNoStoreCallAndIsWhatTheStoreWouldSay() {
        complete(store, key(1), bytes(10));
        clock.advance(Duration.ofSeconds(7));
        calls.clear();

        StoredRecord copy = replayed(1);

        assertThat(calls).isEmpty();
        assertThat(copy).isEqualTo(((Completed) truth.acquire(request(key(1)))).record());
        assertThat(copy.age()).isEqualTo(Duration.ofSeconds(7));
    }

    @Test
    void C04_aReplayOfWhatWasCompletedElsewhereAsksOnce() {
        complete(truth, key(1), bytes(10));

        StoredRecord first = replayed(1);
        clock.advance(Duration.ofSeconds(59));
        StoredRecord second = replayed(1);

        assertThat(calls).containsExactly("acquire");
        assertThat(second.result()).isEqualTo(first.result());
        assertThat(second.retentionLeft().duration().orElseThrow())
                .isEqualTo(first.retentionLeft().duration().orElseThrow().minusSeconds(59));
    }

    @Test
    void C04_nothingButAConfirmedCompletionFillsTheCache() {
        Lease lease = acquire(store, key(1));
        truth.delete(key(1), lease.token());
        assertThat(store.complete(lease, bytes(10), RETENTION)).isFalse();
        assertThat(store.acquire(request(key(1)))).isInstanceOf(Acquired.class);

        complete(truth, key(2), bytes(10));
        assertThat(store.find(key(2))).isPresent();
        assertThat(store.find(key(2))).isPresent();
        calls.clear();
        assertThat(replayed(2)).isNotNull();
        assertThat(calls).as("a look fills nothing").containsExactly("acquire");
    }

    @Test
    void C04_aCompletionAfterOneOfUnknownFateIsNotKept() {
        Lease lease = acquire(store, key(1));
        beforeReply = () -> {
            throw new StoreException("the reply is lost", true, null);
        };
        assertThatExceptionOfType(StoreException.class)
                .isThrownBy(() -> store.complete(lease, StoredResult.of(new byte[] {1}), RETENTION));
        assertThat(store.complete(lease, StoredResult.of(new byte[] {2}), RETENTION))
                .isTrue();

        assertThat(replayed(1).result()).isEqualTo(StoredResult.of(new byte[] {1}));
    }

    @Test
    void C04_ofTwoCompletionsOfOneAttemptAtOnceNoneIsKept() {
        Lease lease = acquire(store, key(1));
        beforeReply = () -> store.complete(lease, StoredResult.of(new byte[] {2}), RETENTION);
        store.complete(lease, StoredResult.of(new byte[] {1}), RETENTION);
        calls.clear();

        assertThat(replayed(1).result()).isEqualTo(StoredResult.of(new byte[] {1}));
        assertThat(calls).containsExactly("acquire");
    }

    @Test
    void C04_anAttemptThatBeganAnewAfterItsRecordWasForgottenIsNotShownWithItsFormerToken() {
        AcquireRequest request = request(key(1));
        Lease former = granted(store.acquire(request));
        store.delete(key(1), former.token());
        Lease latter = granted(store.acquire(request));
        assertThat(store.complete(former, bytes(10), RETENTION)).isTrue();

        assertThat(replayed(1).token()).isEqualTo(latter.token()).isNotEqualTo(former.token());
    }

    @Test
    void C04_aCopyNeverOutlivesTheRecord() {
        Lease lease = acquire(store, key(1));
        store.complete(lease, bytes(10), Retention.of(Duration.ofSeconds(5)));
        complete(store, key(2), bytes(10));

        clock.advance(Duration.ofSeconds(5).minusNanos(1));
        assertThat(replayed(1).retentionLeft()).isEqualTo(Retention.of(Duration.ofMillis(1)));
        clock.advance(Duration.ofNanos(1));
        assertThat(store.acquire(request(key(1)))).isInstanceOf(Acquired.class);
    }

    @Test
    void C04_theTimeOfTheCallCountsAgainstTheCopy() {
        complete(truth, key(1), bytes(10));
        beforeReply = () -> clock.advance(Duration.ofSeconds(50));
        replayed(1);
        calls.clear();

        clock.advance(Duration.ofSeconds(10).minusNanos(1));
        replayed(1);
        assertThat(calls).isEmpty();
        clock.advance(Duration.ofNanos(1));
        replayed(1);
        assertThat(calls).containsExactly("acquire");
    }

    @Test
    void C04_aRecordThatIsKeptForEverIsAskedForAgainAfterTheCap() {
        Lease lease = acquire(store, key(1));
        store.complete(lease, bytes(10), Retention.forever());
        calls.clear();

        clock.advance(MAX_AGE.minusNanos(1));
        assertThat(replayed(1).retentionLeft()).isEqualTo(Retention.forever());
        assertThat(calls).isEmpty();
        clock.advance(Duration.ofNanos(1));
        replayed(1);
        assertThat(calls).containsExactly("acquire");
    }

    @Test
    void C04_aRecordForgottenHereIsGoneAtOnce() {
        complete(store, key(1), bytes(10));

        assertThat(store.delete(key(1), replayed(1).token())).isTrue();

        assertThat(store.acquire(request(key(1)))).isInstanceOf(Acquired.class);
    }

    @Test
    void C04_anAnswerThatIsOlderThanTheForgettingIsNotKept() {
        complete(truth, key(1), bytes(10));
        long token = truth.find(key(1)).orElseThrow().token();
        beforeReply = () -> store.delete(key(1), token);

        assertThat(replayed(1)).as("was true when it was asked").isNotNull();

        assertThat(store.acquire(request(key(1)))).isInstanceOf(Acquired.class);
    }

    @Test
    void C04_noCopyIsUsedOrMadeWhileTheRecordIsBeingForgotten() {
        complete(store, key(1), bytes(10));
        beforeReply = () -> assertThat(store.acquire(request(key(1)))).isInstanceOf(Acquired.class);
        store.delete(key(1), replayed(1).token());

        complete(truth, key(2), bytes(10));
        long token = truth.find(key(2)).orElseThrow().token();
        calls.clear();
        beforeReply = () -> replayed(2);
        store.delete(key(2), token - 1);
        replayed(2);
        assertThat(calls).containsExactly("delete", "acquire", "acquire");
    }

    @Test
    void C04_anotherNodeReplaysAForgottenRecordUntilTheCap() {
        complete(store, key(1), bytes(10));
        truth.delete(key(1), replayed(1).token());

        assertThat(replayed(1)).isNotNull();
        clock.advance(MAX_AGE);
        assertThat(store.acquire(request(key(1)))).isInstanceOf(Acquired.class);
    }

    @Test
    void C04_aBatchAsksForWhatIsNotKnownInOneCallAndAnswersInOrder() {
        complete(store, key(1), bytes(1));
        complete(truth, key(3), bytes(3));
        calls.clear();

        List<Answer<AcquireResult>> answers =
                store.acquireAll(List.of(request(key(3)), request(key(1)), request(key(2)), request(key(1))));

        assertThat(calls).containsExactly("acquireAll");
        assertThat(answers)
                .extracting(answer -> answer.orElseThrow().getClass().getSimpleName())
                .containsExactly("Completed", "Completed", "Acquired", "Completed");
        Lease lease = ((Acquired) answers.get(2).orElseThrow()).lease();
        store.completeAll(List.of(new Completion(lease, bytes(2), RETENTION)));
        calls.clear();
        store.acquireAll(List.of(request(key(1)), request(key(2)), request(key(3))));
        assertThat(calls).isEmpty();
    }

    @Test
    void C04_bytesAreBounded() {
        NearCacheIdempotencyStore small = nearCache(10 * (1_000L + NearCache.COPY_OVERHEAD));
        for (int i = 0; i < 100; i++) {
            complete(small, key(i), bytes(1_000));
        }
        calls.clear();
        for (int i = 0; i < 100; i++) {
            assertThat(small.acquire(request(key(i)))).isInstanceOf(Completed.class);
        }
        assertThat(calls).hasSizeGreaterThanOrEqualTo(90);
    }

    @Test
    void C04_boundsAreChecked() {
        NearCacheBuilder builder = NearCacheIdempotencyStore.builder(truth);
        assertThatIllegalArgumentException().isThrownBy(() -> builder.maxBytes(-1));
        assertThatIllegalArgumentException().isThrownBy(() -> builder.maxAge(Duration.ZERO));
        assertThatIllegalArgumentException().isThrownBy(() -> builder.maxAge(Duration.ofDays(2)));
    }
}
