package io.onceguard.messaging;

import io.onceguard.BatchCall;
import io.onceguard.BatchResult;
import io.onceguard.BatchRunner;
import io.onceguard.messaging.Disposition.RetryLater.Cause;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The way of messages to their dispositions. Immutable. */
final class Deliveries<M, C, T extends @Nullable Object> {

    private final BatchRunner<T, C> runner;
    private final Calls<M> calls;
    private final ContextHandler<? super M, ? super C, ? extends T> handler;
    private final Verdicts verdicts;

    /** A message that is to be handled, and its place in the batch. */
    private final class Delivery {
        private final int position;
        private final BatchCall<T, C> call;

        /** Whether its last run found the attempts used up; written before the runner returns. */
        private volatile boolean exhausted;

        @SuppressWarnings("NullAway") // what is not recorded is seen by nobody
        Delivery(int position, M message) {
            this.position = position;
            this.call = new BatchCall<>(calls.of(message), (attempt, context) -> {
                exhausted = attempt.number() > verdicts.attemptLimit();
                if (exhausted) {
                    attempt.doNotRecord(); // the record goes on counting, and the key stays free for who forgets it
                    return null;
                }
                return handler.handle(message, context);
            });
        }

        Disposition disposition(BatchResult<T> result) {
            return exhausted && result instanceof BatchResult.Answered ? verdicts.exhausted() : verdicts.of(result);
        }
    }

    Deliveries(
            BatchRunner<T, C> runner,
            Calls<M> calls,
            ContextHandler<? super M, ? super C, ? extends T> handler,
            Verdicts verdicts) {
        this.runner = runner;
        this.calls = calls;
        this.handler = handler;
        this.verdicts = verdicts;
    }

    List<Disposition> accept(List<? extends M> messages) {
        Disposition[] dispositions = new Disposition[messages.size()];
        List<Delivery> valid = new ArrayList<>(messages.size());
        int position = 0;
        for (M message : messages) {
            try {
                valid.add(new Delivery(position, message));
            } catch (Exception invalid) {
                dispositions[position] = verdicts.invalid(invalid);
            }
            position++;
        }
        if (!valid.isEmpty()) {
            deliver(valid, dispositions);
        }
        return List.of(dispositions);
    }

    private void deliver(List<Delivery> deliveries, Disposition[] dispositions) {
        List<BatchResult<T>> results;
        try {
            results = runner.runAll(deliveries.stream().map(each -> each.call).toList());
        } catch (RuntimeException failure) {
            // Nothing was committed, or the next delivery finds out that it was.
            deliveries.forEach(each -> dispositions[each.position] = verdicts.later(Cause.STORE_FAILED, failure));
            return;
        }
        for (int i = 0; i < deliveries.size(); i++) {
            Delivery delivery = deliveries.get(i);
            dispositions[delivery.position] = delivery.disposition(results.get(i));
        }
    }
}
