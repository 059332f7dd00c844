package io.onceguard;

import io.onceguard.spi.AttemptId;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.concurrent.atomic.AtomicLong;

/** Makes the attempt ids and origin ids of this process: 64 random bits and a counter. */
final class AttemptIds {

    private static final long PROCESS = new SecureRandom().nextLong();
    private static final AtomicLong SEQUENCE = new AtomicLong();

    private static final String ORIGIN_PREFIX = "req_" + HexFormat.of().toHexDigits(PROCESS);

    private AttemptIds() {}

    /** An id for a request that brought none. */
    static String newOriginId() {
        return ORIGIN_PREFIX + HexFormat.of().toHexDigits(SEQUENCE.incrementAndGet(), 12);
    }

    static AttemptId next() {
        return new AttemptId(PROCESS, SEQUENCE.incrementAndGet());
    }
}
