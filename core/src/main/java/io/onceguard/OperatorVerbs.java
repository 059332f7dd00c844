package io.onceguard;

import io.onceguard.IdempotencyListener.Step;
import io.onceguard.IdempotencyListener.StoreFailed;
import io.onceguard.spi.IdempotencyStore;
import io.onceguard.spi.RecordId;
import io.onceguard.spi.StoreException;
import io.onceguard.spi.StoredRecord;
import io.onceguard.spi.StoredResult;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What operators do to a record: look, remove, resolve. Each write carries the token that the operator saw. */
final class OperatorVerbs<T extends @Nullable Object> {

    private final Operation<T> operation;
    private final IdempotencyStore store;
    private final @Nullable StoreNode node;

    /** Verbs on a store; the node of the callers who are to hear of it at once, if there are any. */
    OperatorVerbs(Operation<T> operation, IdempotencyStore store, @Nullable StoreNode node) {
        this.operation = operation;
        this.store = store;
        this.node = node;
    }

    Optional<StoredRecord> find(RecordId id) {
        return ask(id, () -> store.find(id));
    }

    boolean forget(RecordId id, long token) {
        boolean removed = ask(id, () -> store.delete(id, token));
        if (removed && node != null) {
            node.detach(id, token);
        }
        return removed;
    }

    boolean resolve(RecordId id, T value, long token) {
        StoredResult result = encode(id, value);
        boolean resolved = ask(id, () -> store.resolve(id, token, result, operation.retention()));
        if (resolved && node != null) {
            node.detach(id, token);
        }
        return resolved;
    }

    private StoredResult encode(RecordId id, T value) {
        Encoded encoded = operation.envelope().encodeValue(id, value, AttemptIds.newOriginId());
        if (encoded instanceof Encoded.Kept kept) {
            return kept.result();
        }
        Throwable cause = encoded instanceof Encoded.NotEncodable not ? not.cause() : null;
        throw new IllegalArgumentException(
                "the value of " + id + (cause == null ? " is too large" : " cannot be encoded"), cause);
    }

    private <R> R ask(RecordId id, Supplier<R> call) {
        try {
            return StoreNode.once(call);
        } catch (StoreException failure) {
            operation.events().storeFailed(new StoreFailed(id, Step.OPERATOR, failure));
            throw new IdempotencyStoreException(id, failure);
        }
    }
}
