package io.onceguard.jmh;

import static java.util.Objects.requireNonNull;

import io.onceguard.Fingerprint;
import io.onceguard.IdempotencyExecutor;
import io.onceguard.IdempotencyKey;
import io.onceguard.ResultCodec;
import io.onceguard.spi.IdempotencyStore;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/** Keys, input and result of the calls. A digest of the input is part of no call: how long it takes is up to its size. */
final class Keys {

    /** With this begin the keys that are completed before they are measured. */
    static final String COMPLETED = "completed-";

    static final byte[] RESULT = new byte[200];
    static final Fingerprint INPUT = Fingerprint.of("pay 42 to order-42");

    private static final String SCOPE = "tenant-7";
    private static final AtomicLong NEXT = new AtomicLong();

    private Keys() {}

    static String fresh() {
        return "order-" + NEXT.incrementAndGet();
    }

    static List<String> fresh(int count) {
        List<String> keys = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            keys.add(fresh());
        }
        return keys;
    }

    static IdempotencyKey of(String key) {
        return IdempotencyKey.of(SCOPE, key);
    }

    static IdempotencyExecutor<byte[]> executor(IdempotencyStore store) {
        return IdempotencyExecutor.atLeastOnce("charge", ResultCodec.bytes(), store)
                .build();
    }

    /** Completes keys in the store and in the limit. */
    static String[] completed(int count, Backend backend) throws Exception {
        IdempotencyExecutor<byte[]> executor = executor(backend.store());
        String[] keys = new String[count];
        for (int i = 0; i < count; i++) {
            keys[i] = COMPLETED + i;
            requireNonNull(executor.execute(of(keys[i]), INPUT, () -> RESULT).orElseThrow());
            backend.limit().first(keys[i], RESULT);
        }
        return keys;
    }
}
