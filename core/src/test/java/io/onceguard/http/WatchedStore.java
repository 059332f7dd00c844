package io.onceguard.http;

import io.onceguard.ModelStore;
import io.onceguard.spi.IdempotencyStore;
import io.onceguard.spi.StoreException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** A store with a clock that is set by hand; counts its calls, and can be down. */
final class WatchedStore {

    final AtomicInteger calls = new AtomicInteger();
    volatile boolean down;

    private final AtomicLong nanos = new AtomicLong();
    private final ModelStore model = new ModelStore(nanos::get);

    final IdempotencyStore store = (IdempotencyStore) Proxy.newProxyInstance(
            WatchedStore.class.getClassLoader(),
            new Class<?>[] {IdempotencyStore.class},
            (proxy, method, arguments) -> {
                if (method.getDeclaringClass() == Object.class) {
                    return method.getName().equals("equals")
                            ? (Object) (proxy == arguments[0])
                            : method.invoke(model, arguments);
                }
                if (method.getName().equals("isLocal")) {
                    return false; // says what the store is; asks it nothing
                }
                calls.incrementAndGet();
                if (down) {
                    throw new StoreException("down", false, null);
                }
                try {
                    return method.invoke(model, arguments);
                } catch (InvocationTargetException failure) {
                    throw failure.getCause();
                }
            });

    void advance(Duration time) {
        nanos.addAndGet(time.toNanos());
    }
}
