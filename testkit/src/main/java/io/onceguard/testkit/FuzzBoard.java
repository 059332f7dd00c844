package io.onceguard.testkit;

import io.onceguard.spi.AcquireRequest;
import io.onceguard.spi.AcquireResult;
import io.onceguard.spi.AcquireResult.Acquired;
import io.onceguard.spi.AcquireResult.Refused;
import io.onceguard.spi.Lease;
import io.onceguard.spi.RecordId;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What the clients of a fuzz run have sent and seen lately, so that they can repeat each other's requests, write under
 * stale leases and name stale tokens. Safe for use by many threads.
 */
final class FuzzBoard {

    private static final int REMEMBERED = 3;

    private final List<RecordId> ids;
    private final AtomicReferenceArray<AcquireRequest> requests;
    private final AtomicReferenceArray<Lease> leases;
    private final AtomicLongArray tokens;

    FuzzBoard(List<RecordId> ids) {
        this.ids = List.copyOf(ids);
        requests = new AtomicReferenceArray<>(ids.size() * REMEMBERED);
        leases = new AtomicReferenceArray<>(ids.size() * REMEMBERED);
        tokens = new AtomicLongArray(ids.size());
    }

    List<RecordId> ids() {
        return ids;
    }

    int anyKey(Random random) {
        return random.nextInt(ids.size());
    }

    /** A few keys, in no order; one may come twice. */
    List<Integer> someKeys(Random random) {
        return IntStream.range(0, 1 + random.nextInt(5))
                .mapToObj(i -> anyKey(random))
                .toList();
    }

    /** Notes an answer: the leases of the last attempts, their requests, and the token. */
    void heard(int key, AcquireRequest request, AcquireResult answer) {
        if (answer instanceof Acquired acquired) {
            int slot = key * REMEMBERED + Math.floorMod(acquired.lease().token(), REMEMBERED);
            requests.set(slot, request);
            leases.set(slot, acquired.lease());
            tokens.set(key, acquired.lease().token());
        } else if (answer instanceof Refused refused) {
            tokens.set(key, refused.record().token());
        }
    }

    /** The request of one of the last attempts; null if there was none yet. */
    @Nullable
    AcquireRequest oldRequest(int key, Random random) {
        return requests.get(key * REMEMBERED + random.nextInt(REMEMBERED));
    }

    /** The lease of one of the last attempts; null if there was none yet. */
    @Nullable
    Lease lease(int key, Random random) {
        return leases.get(key * REMEMBERED + random.nextInt(REMEMBERED));
    }

    /** The last token that a client heard of; 0 if none did. */
    long token(int key) {
        return tokens.get(key);
    }
}
