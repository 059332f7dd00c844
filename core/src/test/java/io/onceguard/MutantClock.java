package io.onceguard;

import io.onceguard.spi.AcquireRequest;
import io.onceguard.spi.AcquireResult;
import io.onceguard.spi.IdempotencyStore;

/**
 * A clock that stands still while an acquire is under way. An executor that counts by it believes that its lease began
 * with the reply, as one would that took the time after the call.
 */
final class MutantClock extends MutantPlatform {

    private long behind;

    MutantClock(SimPlatform real) {
        super(real);
    }

    IdempotencyStore stoppedDuringAcquire(IdempotencyStore store) {
        return new DelegatingStore(store) {
            @Override
            public AcquireResult acquire(AcquireRequest request) {
                long sent = real.nanoTime();
                try {
                    return super.acquire(request);
                } finally {
                    behind += real.nanoTime() - sent;
                }
            }
        };
    }

    @Override
    public long nanoTime() {
        return real.nanoTime() - behind;
    }
}
