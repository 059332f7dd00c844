package io.onceguard.redis;

import io.onceguard.spi.Watch;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.BinaryJedisPubSub;
import redis.clients.jedis.UnifiedJedis;
import redis.clients.jedis.exceptions.JedisException;

/**
 * Hears from the server which records moved, on one connection for all who wait. It is open while somebody waits and a
 * minute longer, and is opened again when it is lost. Safe for use by many threads.
 */
final class Notices {

    private static final long IDLE_SECONDS = 60;
    private static final long FIRST_PAUSE_NANOS = 10_000_000L;
    private static final long LONGEST_PAUSE_NANOS = 1_000_000_000L;

    private final UnifiedJedis jedis;

    /** Keeps the connection subscribed to something when nobody waits. */
    private final byte[] idleChannel;

    private final Map<ByteBuffer, List<Waiter>> waiters = new HashMap<>(); // guarded by this
    private @Nullable Listening listening; // guarded by this

    /** Compared by identity. */
    private static final class Waiter {
        private final Runnable signal;

        Waiter(Runnable signal) {
            this.signal = signal;
        }
    }

    Notices(UnifiedJedis jedis, byte[] idleChannel) {
        this.jedis = jedis;
        this.idleChannel = idleChannel;
    }

    Watch watch(byte[] channel, Runnable signal) {
        ByteBuffer name = ByteBuffer.wrap(channel);
        Waiter waiter = new Waiter(signal);
        boolean first = add(name, waiter);
        if (!first) {
            signal.run(); // the channel may be open already, and the record may have moved
        }
        return () -> remove(name, waiter);
    }

    private synchronized boolean add(ByteBuffer channel, Waiter waiter) {
        List<Waiter> others = waiters.computeIfAbsent(channel, name -> new ArrayList<>());
        others.add(waiter);
        boolean first = others.size() == 1;
        if (listening == null) {
            listening = new Listening();
            listening.start();
        } else if (first) {
            listening.open(channel);
        }
        return first;
    }

    private synchronized void remove(ByteBuffer channel, Waiter waiter) {
        List<Waiter> others = waiters.get(channel);
        if (others == null || !others.remove(waiter) || !others.isEmpty()) {
            return;
        }
        waiters.remove(channel);
        if (listening != null) {
            listening.close(channel);
        }
    }

    private void signal(ByteBuffer channel) {
        List<Waiter> told;
        synchronized (this) {
            told = List.copyOf(waiters.getOrDefault(channel, List.of()));
        }
        told.forEach(waiter -> waiter.signal.run());
    }

    private void signalAll() {
        List<Waiter> told;
        synchronized (this) {
            told = waiters.values().stream().flatMap(List::stream).toList();
        }
        told.forEach(waiter -> waiter.signal.run());
    }

    private static byte[] bytes(ByteBuffer channel) {
        byte[] bytes = new byte[channel.remaining()];
        channel.duplicate().get(bytes);
        return bytes;
    }

    /** One life of the thread that listens; the connection may change while it lives. */
    private final class Listening extends BinaryJedisPubSub {

        /** Whether channels can be opened and closed on the connection; guarded by the notices. */
        private boolean ready;

        private long useCount; // guarded by the notices
        private boolean ending; // guarded by the notices
        private long pauseNanos = FIRST_PAUSE_NANOS;

        void start() {
            Thread thread = new Thread(null, this::listen, "onceguard-redis-notices", 0, false);
            thread.setDaemon(true);
            thread.start();
        }

        private void listen() {
            while (true) {
                boolean lost = false;
                try {
                    jedis.subscribe(this, idleChannel);
                } catch (JedisException failure) {
                    lost = true;
                }
                synchronized (Notices.this) {
                    ready = false;
                    if (waiters.isEmpty()) {
                        listening = null;
                        return;
                    }
                }
                if (lost) {
                    signalAll(); // nobody knows what was missed
                    LockSupport.parkNanos(pauseNanos);
                    pauseNanos = Math.min(LONGEST_PAUSE_NANOS, pauseNanos * 2);
                }
            }
        }

        @Override
        public void onSubscribe(byte[] channel, int channels) {
            ByteBuffer name = ByteBuffer.wrap(channel);
            if (!name.equals(ByteBuffer.wrap(idleChannel))) {
                signal(name); // the record may have moved before
                return;
            }
            pauseNanos = FIRST_PAUSE_NANOS;
            synchronized (Notices.this) {
                ready = true;
                waiters.keySet().forEach(this::open);
                endLater();
            }
        }

        @Override
        public void onMessage(byte[] channel, byte[] message) {
            signal(ByteBuffer.wrap(channel));
        }

        void open(ByteBuffer channel) {
            useCount++;
            send(() -> subscribe(bytes(channel)));
        }

        void close(ByteBuffer channel) {
            send(() -> unsubscribe(bytes(channel)));
            endLater();
        }

        private void send(Runnable command) {
            if (ready) {
                try {
                    command.run();
                } catch (JedisException lost) {
                    // the thread that reads will notice, and open all channels anew
                }
            }
        }

        private void endLater() {
            if (waiters.isEmpty() && !ending) {
                ending = true;
                long seen = useCount;
                CompletableFuture.delayedExecutor(IDLE_SECONDS, TimeUnit.SECONDS)
                        .execute(() -> endIfUnused(seen));
            }
        }

        private void endIfUnused(long seen) {
            synchronized (Notices.this) {
                ending = false;
                if (useCount == seen) {
                    send(this::unsubscribe);
                    ready = false;
                } else {
                    endLater();
                }
            }
        }
    }
}
