package io.onceguard.testkit;

import io.onceguard.spi.AcquireRequest;
import io.onceguard.spi.AcquireResult;
import io.onceguard.spi.AcquireResult.Abandoned;
import io.onceguard.spi.AcquireResult.Held;
import io.onceguard.spi.Answer;
import io.onceguard.spi.AttemptId;
import io.onceguard.spi.Lease;
import io.onceguard.spi.PreviousAttempt;
import io.onceguard.spi.RecordId;
import io.onceguard.spi.RecordState;
import io.onceguard.spi.Retention;
import io.onceguard.spi.StoreException;
import io.onceguard.spi.StoredResult;
import io.onceguard.spi.Takeover;
import io.onceguard.testkit.ModelStore.Entry;
import io.onceguard.testkit.ModelStore.Storage;
import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TimeZone;
import java.util.concurrent.Semaphore;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Stores with one fault each, as they have been seen in the wild; the suite has to catch every one. */
final class BrokenStores {

    private BrokenStores() {}

    /** All faults by name. */
    static Map<String, Function<Storage, ModelStore>> all() {
        Map<String, Function<Storage, ModelStore>> all = new LinkedHashMap<>();
        ownership(all);
        acquiring(all);
        takingOver(all);
        tokensAndNumbers(all);
        lifetimes(all);
        bytes(all);
        operatorsAndBatches(all);
        return all;
    }

    private static void ownership(Map<String, Function<Storage, ModelStore>> all) {
        all.put("release by key, without the attempt id", storage -> new ModelStore(storage) {
            @Override
            public boolean release(Lease lease) {
                synchronized (storage) {
                    Entry entry = live(lease.id());
                    return super.release(entry == null ? lease : inTheNameOf(entry, lease));
                }
            }
        });
        all.put("hold by key, without the attempt id", storage -> new ModelStore(storage) {
            @Override
            public boolean hold(Lease lease) {
                synchronized (storage) {
                    Entry entry = live(lease.id());
                    return super.hold(entry == null ? lease : inTheNameOf(entry, lease));
                }
            }
        });
        all.put("complete overwrites whatever is there", storage -> new ModelStore(storage) {
            @Override
            public boolean complete(Lease lease, StoredResult result, Retention retention) {
                synchronized (storage) {
                    Entry entry = live(lease.id());
                    if (entry != null) {
                        finish(entry, RecordState.COMPLETED, result, retention);
                    }
                    return entry != null;
                }
            }
        });
        all.put("complete checks the state only", storage -> new ModelStore(storage) {
            @Override
            public boolean complete(Lease lease, StoredResult result, Retention retention) {
                synchronized (storage) {
                    Entry entry = live(lease.id());
                    return super.complete(entry == null ? lease : inTheNameOf(entry, lease), result, retention);
                }
            }
        });
        all.put("second completion by the owner overwrites the first", storage -> new ModelStore(storage) {
            @Override
            public boolean complete(Lease lease, StoredResult result, Retention retention) {
                synchronized (storage) {
                    Entry entry = live(lease.id());
                    boolean done = super.complete(lease, result, retention);
                    if (done && entry != null) {
                        finish(entry, RecordState.COMPLETED, result, retention);
                    }
                    return done;
                }
            }
        });
        all.put("second completion by the owner is refused", storage -> new ModelStore(storage) {
            @Override
            public boolean complete(Lease lease, StoredResult result, Retention retention) {
                synchronized (storage) {
                    Entry entry = live(lease.id());
                    return (entry == null || entry.state != RecordState.COMPLETED)
                            && super.complete(lease, result, retention);
                }
            }
        });
        all.put("renew after a takeover is accepted", storage -> new ModelStore(storage) {
            @Override
            public boolean renew(Lease lease) {
                synchronized (storage) {
                    Entry entry = live(lease.id());
                    return super.renew(entry == null ? lease : inTheNameOf(entry, lease));
                }
            }
        });
        all.put("ended lease refuses the completion of its owner", storage -> new ModelStore(storage) {
            @Override
            public boolean complete(Lease lease, StoredResult result, Retention retention) {
                synchronized (storage) {
                    Entry entry = live(lease.id());
                    return (entry == null || stateOf(entry) != RecordState.ABANDONED)
                            && super.complete(lease, result, retention);
                }
            }
        });
        all.put("writes compare the token, too", storage -> new ModelStore(storage) {
            @Override
            boolean isOf(Entry entry, Lease lease) {
                return super.isOf(entry, lease) && entry.token == lease.token();
            }
        });
        all.put("hold turns a released record into a held one", storage -> new ModelStore(storage) {
            @Override
            public boolean hold(Lease lease) {
                synchronized (storage) {
                    Entry entry = live(lease.id());
                    if (entry != null && isOf(entry, lease) && entry.state == RecordState.RELEASED) {
                        entry.state = RecordState.HELD;
                    }
                    return super.hold(lease);
                }
            }
        });
    }

    /** Widens the gap between reading and writing, so that a race that meets it does not hang on luck. */
    @SuppressWarnings("ThreadPriorityCheck")
    private static void letOthersIn() {
        long start = System.nanoTime();
        while (System.nanoTime() - start < 200_000) {
            Thread.yield();
        }
    }

    private static Lease inTheNameOf(Entry entry, Lease lease) {
        AttemptId attempt = entry.attempt == null ? lease.attemptId() : entry.attempt;
        return new Lease(lease.id(), attempt, lease.number(), lease.token(), lease.duration(), lease.retention());
    }

    private static void acquiring(Map<String, Function<Storage, ModelStore>> all) {
        all.put("acquire cannot be repeated", storage -> new ModelStore(storage) {
            @Override
            boolean isOwnRepeat(Entry entry, AcquireRequest request) {
                return super.isOwnRepeat(entry, request) && entry.state != RecordState.IN_PROGRESS;
            }
        });
        all.put("repeated acquire raises the token", storage -> new ModelStore(storage) {
            @Override
            AcquireResult repeated(Entry entry, AcquireRequest request) {
                entry.token = entry.state == RecordState.IN_PROGRESS ? nextToken(entry) : entry.token;
                return super.repeated(entry, request);
            }
        });
        all.put("repeated acquire forgets what was before", storage -> new ModelStore(storage) {
            @Override
            AcquireResult repeated(Entry entry, AcquireRequest request) {
                entry.previous = PreviousAttempt.NONE;
                return super.repeated(entry, request);
            }
        });
        all.put("repeated acquire does not start the lease anew", storage -> new ModelStore(storage) {
            @Override
            AcquireResult repeated(Entry entry, AcquireRequest request) {
                return stateOf(entry) == RecordState.IN_PROGRESS
                        ? granted(entry, request)
                        : super.repeated(entry, request);
            }
        });
        all.put("late copy of an acquire brings a released attempt back", storage -> new ModelStore(storage) {
            @Override
            AcquireResult repeated(Entry entry, AcquireRequest request) {
                return entry.state == RecordState.RELEASED
                        ? grant(request, entry, PreviousAttempt.RELEASED)
                        : super.repeated(entry, request);
            }
        });
        all.put("late copy of an acquire takes its own held record over", storage -> new ModelStore(storage) {
            @Override
            AcquireResult repeated(Entry entry, AcquireRequest request) {
                return entry.state == RecordState.HELD && mayTakeOver(entry, request)
                        ? grant(request, entry, PreviousAttempt.HELD)
                        : super.repeated(entry, request);
            }
        });
        all.put("rejected caller frees the claim", storage -> new ModelStore(storage) {
            @Override
            public AcquireResult acquire(AcquireRequest request) {
                synchronized (storage) {
                    AcquireResult answer = super.acquire(request);
                    if (answer instanceof Held) {
                        storage.entries.remove(keyOf(request.id()));
                    }
                    return answer;
                }
            }
        });
        all.put("rejected caller shortens the lease", storage -> new ModelStore(storage) {
            @Override
            public AcquireResult acquire(AcquireRequest request) {
                synchronized (storage) {
                    AcquireResult answer = super.acquire(request);
                    Entry entry = live(request.id());
                    if (entry != null && answer instanceof Held) {
                        entry.leaseEnd -= 1_000_000;
                    }
                    return answer;
                }
            }
        });
        all.put("rejected caller leaves its fingerprint", storage -> new ModelStore(storage) {
            @Override
            public AcquireResult acquire(AcquireRequest request) {
                synchronized (storage) {
                    AcquireResult answer = super.acquire(request);
                    Entry entry = live(request.id());
                    if (entry != null && answer instanceof Abandoned) {
                        entry.fingerprint = request.fingerprint();
                    }
                    return answer;
                }
            }
        });
        all.put("acquire reads, then writes", storage -> new ModelStore(storage) {
            @Override
            public AcquireResult acquire(AcquireRequest request) {
                boolean absent = find(request.id()).isEmpty();
                letOthersIn();
                synchronized (storage) {
                    return absent ? grant(request, null, PreviousAttempt.NONE) : super.acquire(request);
                }
            }
        });
        all.put("takeover reads, then writes", storage -> new ModelStore(storage) {
            @Override
            public AcquireResult acquire(AcquireRequest request) {
                Entry seen;
                synchronized (storage) {
                    seen = live(request.id());
                    if (seen == null
                            || isOwnRepeat(seen, request)
                            || stateOf(seen) != RecordState.ABANDONED
                            || !mayTakeOver(seen, request)) {
                        return super.acquire(request);
                    }
                }
                letOthersIn();
                synchronized (storage) {
                    return grant(request, seen, PreviousAttempt.ABANDONED);
                }
            }
        });
        all.put("claims are evicted", storage -> new ModelStore(storage) {
            @Override
            AcquireResult grant(AcquireRequest request, @Nullable Entry former, PreviousAttempt previous) {
                if (storage.entries.size() >= 500) {
                    Object oldest = Collections.min(
                                    storage.entries.entrySet(),
                                    Map.Entry.comparingByValue((a, b) -> Long.compare(a.token, b.token)))
                            .getKey();
                    storage.entries.remove(oldest);
                }
                return super.grant(request, former, previous);
            }
        });
        all.put("connection kept while the work runs", storage -> new ModelStore(storage) {
            private final Semaphore connections = new Semaphore(10);

            @Override
            AcquireResult grant(AcquireRequest request, @Nullable Entry former, PreviousAttempt previous) {
                if (!connections.tryAcquire()) {
                    throw new StoreException("no connection left", false, null);
                }
                return super.grant(request, former, previous);
            }

            @Override
            void finish(Entry entry, RecordState state, @Nullable StoredResult result, Retention retention) {
                super.finish(entry, state, result, retention);
                connections.release();
            }
        });
        all.put("released record needs leave", storage -> new ModelStore(storage) {
            @Override
            public AcquireResult acquire(AcquireRequest request) {
                synchronized (storage) {
                    Entry entry = live(request.id());
                    return entry != null
                                    && entry.state == RecordState.RELEASED
                                    && !request.fingerprint().equals(entry.fingerprint)
                            ? new Held(view(entry))
                            : super.acquire(request);
                }
            }
        });
    }

    private static void takingOver(Map<String, Function<Storage, ModelStore>> all) {
        all.put("takeover without a look at the fingerprint", storage -> new ModelStore(storage) {
            @Override
            boolean mayTakeOver(Entry entry, AcquireRequest request) {
                return request.takeover().kind() == Takeover.Kind.SAME_FINGERPRINT || super.mayTakeOver(entry, request);
            }
        });
        all.put("takeover compares the digest but not the algorithm", storage -> new ModelStore(storage) {
            @Override
            boolean mayTakeOver(Entry entry, AcquireRequest request) {
                return (request.takeover().kind() == Takeover.Kind.SAME_FINGERPRINT
                                && Arrays.equals(request.fingerprint().digest(), entry.fingerprint.digest()))
                        || super.mayTakeOver(entry, request);
            }
        });
        all.put("takeover without leave", storage -> new ModelStore(storage) {
            @Override
            boolean mayTakeOver(Entry entry, AcquireRequest request) {
                return request.takeover().kind() == Takeover.Kind.NEVER || super.mayTakeOver(entry, request);
            }
        });
        all.put("takeover by any token", storage -> new ModelStore(storage) {
            @Override
            boolean mayTakeOver(Entry entry, AcquireRequest request) {
                return request.takeover().kind() == Takeover.Kind.OF_TOKEN || super.mayTakeOver(entry, request);
            }
        });
        all.put("takeover by token asks for the fingerprint, too", storage -> new ModelStore(storage) {
            @Override
            boolean mayTakeOver(Entry entry, AcquireRequest request) {
                return super.mayTakeOver(entry, request)
                        && request.fingerprint().equals(entry.fingerprint);
            }
        });
        all.put("takeover by token ends a live lease", storage -> new ModelStore(storage) {
            @Override
            public AcquireResult acquire(AcquireRequest request) {
                synchronized (storage) {
                    Entry entry = live(request.id());
                    if (entry != null
                            && entry.state == RecordState.IN_PROGRESS
                            && request.takeover().kind() == Takeover.Kind.OF_TOKEN
                            && mayTakeOver(entry, request)) {
                        entry.leaseEnd = now();
                    }
                    return super.acquire(request);
                }
            }
        });
        all.put("takeover keeps the old fingerprint", storage -> new ModelStore(storage) {
            @Override
            AcquireResult grant(AcquireRequest request, @Nullable Entry former, PreviousAttempt previous) {
                AcquireResult answer = super.grant(request, former, previous);
                Entry entry = live(request.id());
                if (former != null && entry != null) {
                    entry.fingerprint = former.fingerprint;
                }
                return answer;
            }
        });
    }

    private static void tokensAndNumbers(Map<String, Function<Storage, ModelStore>> all) {
        all.put("token restarts after deletion and expiry", storage -> new ModelStore(storage) {
            @Override
            long nextToken(@Nullable Entry former) {
                return former == null ? 1 : former.token + 1;
            }
        });
        all.put("token stays over a takeover", storage -> new ModelStore(storage) {
            @Override
            long nextToken(@Nullable Entry former) {
                return former == null ? super.nextToken(null) : former.token;
            }
        });
        all.put("attempt number restarts on takeover", storage -> new ModelStore(storage) {
            @Override
            int nextNumber(@Nullable Entry former) {
                return former == null || former.state == RecordState.IN_PROGRESS ? 1 : former.number + 1;
            }
        });
        all.put("release deletes the record and its number", storage -> new ModelStore(storage) {
            @Override
            public boolean release(Lease lease) {
                synchronized (storage) {
                    boolean released = super.release(lease);
                    if (released) {
                        storage.entries.remove(keyOf(lease.id()));
                    }
                    return released;
                }
            }
        });
        all.put("attempt number goes on over expiry", storage -> new ModelStore(storage) {
            @Override
            AcquireResult grant(AcquireRequest request, @Nullable Entry former, PreviousAttempt previous) {
                return super.grant(
                        request, former == null ? storage.entries.get(keyOf(request.id())) : former, previous);
            }
        });
    }

    private static void lifetimes(Map<String, Function<Storage, ModelStore>> all) {
        all.put("record dies with its lease", storage -> new ModelStore(storage) {
            @Override
            void rearm(Entry entry, Duration lease, Retention retention) {
                super.rearm(entry, lease, retention);
                entry.end = entry.leaseEnd;
            }
        });
        all.put("lease lasts as long as the record", storage -> new ModelStore(storage) {
            @Override
            void rearm(Entry entry, Duration lease, Retention retention) {
                super.rearm(entry, lease, retention);
                entry.leaseEnd = entry.end;
            }
        });
        all.put("renewal moves the lease but not the record", storage -> new ModelStore(storage) {
            @Override
            public boolean renew(Lease lease) {
                synchronized (storage) {
                    Entry entry = live(lease.id());
                    long end = entry == null ? 0 : entry.end;
                    boolean renewed = super.renew(lease);
                    if (renewed && entry != null) {
                        entry.end = end;
                    }
                    return renewed;
                }
            }
        });
        all.put("renewal resets the age", storage -> new ModelStore(storage) {
            @Override
            void rearm(Entry entry, Duration lease, Retention retention) {
                super.rearm(entry, lease, retention);
                entry.since = now();
            }
        });
        all.put("leases in whole seconds, rounded down", storage -> new ModelStore(storage) {
            @Override
            void rearm(Entry entry, Duration lease, Retention retention) {
                super.rearm(entry, Duration.ofSeconds(lease.toSeconds()), retention);
            }
        });
        all.put("retentions in whole seconds, rounded up", storage -> new ModelStore(storage) {
            @Override
            long endOf(Retention retention) {
                long end = super.endOf(retention);
                return end == FOREVER ? FOREVER : end + 1_000_000_000L - nanos(retention) % 1_000_000_000L;
            }
        });
        all.put("completion keeps the end of the claim", storage -> new ModelStore(storage) {
            @Override
            void finish(Entry entry, RecordState state, @Nullable StoredResult result, Retention retention) {
                long end = entry.end;
                super.finish(entry, state, result, retention);
                entry.end = end;
            }
        });
        all.put("for ever is a year", storage -> new ModelStore(storage) {
            @Override
            long endOf(Retention retention) {
                return super.endOf(retention.isForever() ? Retention.of(Duration.ofDays(365)) : retention);
            }
        });
        all.put("times in the time zone of the node", storage -> new ModelStore(storage) {
            @Override
            long now() {
                return super.now() + TimeZone.getDefault().getRawOffset() * 1_000_000L;
            }
        });
        all.put("purge removes abandoned records", storage -> new ModelStore(storage) {
            @Override
            boolean isPurgeable(Entry entry) {
                return super.isPurgeable(entry) || stateOf(entry) == RecordState.ABANDONED;
            }
        });
        all.put("purge ignores its limit", storage -> new ModelStore(storage) {
            @Override
            public int purgeExpired(int limit) {
                return super.purgeExpired(limit < 1 ? limit : Integer.MAX_VALUE);
            }
        });
    }

    private static void bytes(Map<String, Function<Storage, ModelStore>> all) {
        all.put(
                "keys compared without case",
                storage -> keyedBy(
                        storage,
                        id -> new RecordId(id.operation(), id.scope(), id.key().toLowerCase(Locale.ROOT))));
        all.put(
                "keys compared without trailing blanks",
                storage -> keyedBy(
                        storage,
                        id -> new RecordId(id.operation(), id.scope(), id.key().stripTrailing())));
        all.put(
                "keys compared in normal form",
                storage -> keyedBy(
                        storage,
                        id -> new RecordId(
                                id.operation(), id.scope(), Normalizer.normalize(id.key(), Normalizer.Form.NFC))));
        all.put(
                "keys cut after 64 characters",
                storage -> keyedBy(
                        storage,
                        id -> new RecordId(
                                id.operation(),
                                id.scope(),
                                id.key().substring(0, Math.min(64, id.key().length())))));
        all.put(
                "scope and key joined without lengths",
                storage -> keyedBy(storage, id -> new RecordId(id.operation(), "", id.scope() + ":" + id.key())));
        all.put(
                "scope and key joined without anything between",
                storage -> keyedBy(storage, id -> new RecordId(id.operation(), "", id.scope() + id.key())));
        all.put(
                "operation left out of the key",
                storage -> keyedBy(storage, id -> new RecordId("", id.scope(), id.key())));
        all.put(
                "results cut at 64 KiB",
                storage -> keeping(storage, bytes -> Arrays.copyOf(bytes, Math.min(bytes.length, 65_535))));
        all.put("empty result taken for no result", storage -> new ModelStore(storage) {
            @Override
            StoredResult keep(StoredResult result) {
                return result.bytes().length == 0 ? StoredResult.EVICTED : result;
            }
        });
        all.put(
                "results read as text",
                storage -> keeping(
                        storage, bytes -> new String(bytes, StandardCharsets.UTF_8).getBytes(StandardCharsets.UTF_8)));
        all.put(
                "results that end at a zero byte",
                storage -> keeping(storage, bytes -> {
                    int end = 0;
                    while (end < bytes.length && bytes[end] != 0) {
                        end++;
                    }
                    return Arrays.copyOf(bytes, end);
                }));
    }

    private static ModelStore keyedBy(Storage storage, Function<RecordId, RecordId> key) {
        return new ModelStore(storage) {
            @Override
            Object keyOf(RecordId id) {
                return key.apply(id);
            }
        };
    }

    private static ModelStore keeping(Storage storage, Function<byte[], byte[]> change) {
        return new ModelStore(storage) {
            @Override
            StoredResult keep(StoredResult result) {
                return StoredResult.of(change.apply(result.bytes()));
            }
        };
    }

    private static void operatorsAndBatches(Map<String, Function<Storage, ModelStore>> all) {
        all.put("resolve leaves the attempt id", storage -> new ModelStore(storage) {
            @Override
            public boolean resolve(RecordId id, long expectedToken, StoredResult result, Retention retention) {
                synchronized (storage) {
                    Entry entry = live(id);
                    AttemptId attempt = entry == null ? null : entry.attempt;
                    boolean resolved = super.resolve(id, expectedToken, result, retention);
                    if (entry != null) {
                        entry.attempt = attempt;
                    }
                    return resolved;
                }
            }
        });
        all.put("resolve ignores the token", storage -> new ModelStore(storage) {
            @Override
            public boolean resolve(RecordId id, long expectedToken, StoredResult result, Retention retention) {
                synchronized (storage) {
                    Entry entry = id == null ? null : live(id);
                    return super.resolve(id, entry == null ? expectedToken : entry.token, result, retention);
                }
            }
        });
        all.put("resolve ends a live lease", storage -> new ModelStore(storage) {
            @Override
            public boolean resolve(RecordId id, long expectedToken, StoredResult result, Retention retention) {
                synchronized (storage) {
                    Entry entry = id == null ? null : live(id);
                    if (entry != null && entry.token == expectedToken) {
                        entry.leaseEnd = 0;
                    }
                    return super.resolve(id, expectedToken, result, retention);
                }
            }
        });
        all.put("delete ignores the token", storage -> new ModelStore(storage) {
            @Override
            public boolean delete(RecordId id, long expectedToken) {
                synchronized (storage) {
                    Entry entry = id == null ? null : live(id);
                    return super.delete(id, entry == null ? expectedToken : entry.token);
                }
            }
        });
        all.put("batch answers in the order of the ids", storage -> new ModelStore(storage) {
            @Override
            public List<Answer<AcquireResult>> acquireAll(List<AcquireRequest> requests) {
                return super.acquireAll(requests.stream()
                        .sorted((a, b) -> a.id().compareTo(b.id()))
                        .toList());
            }
        });
        all.put("batch renewal is all or nothing", storage -> new ModelStore(storage) {
            @Override
            public List<Answer<Boolean>> renewAll(List<Lease> leases) {
                List<Answer<Boolean>> answers = super.renewAll(leases);
                boolean all = answers.stream().allMatch(Answer::orElseThrow);
                return all ? answers : Collections.nCopies(leases.size(), Answer.of(false));
            }
        });
        all.put("batch takes one request per record", storage -> new ModelStore(storage) {
            @Override
            public List<Answer<AcquireResult>> acquireAll(List<AcquireRequest> requests) {
                Map<RecordId, Answer<AcquireResult>> answers = new LinkedHashMap<>();
                requests.forEach(request -> answers.computeIfAbsent(request.id(), id -> Answer.of(acquire(request))));
                return requests.stream()
                        .map(request -> answers.get(request.id()))
                        .toList();
            }
        });
    }
}
