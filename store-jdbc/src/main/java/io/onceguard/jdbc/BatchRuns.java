package io.onceguard.jdbc;

import io.onceguard.BatchResult;
import io.onceguard.BatchResult.Answered;
import io.onceguard.BatchResult.Failed;
import io.onceguard.FailurePolicy;
import io.onceguard.Outcome;
import io.onceguard.Outcome.Executed;
import io.onceguard.Outcome.InProgress;
import io.onceguard.Recording;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A batch in transactions of its own: all of it is committed at once, or run again. */
final class BatchRuns<T extends @Nullable Object> extends TransactionRuns<List<BatchResult<T>>, RuntimeException> {

    private final Function<OwnTransaction, List<BatchResult<T>>> body;

    BatchRuns(Connections connections, Pauses pauses, Function<OwnTransaction, List<BatchResult<T>>> body) {
        super(connections, pauses);
        this.body = body;
    }

    @Override
    List<BatchResult<T>> runIn(OwnTransaction transaction) {
        return body.apply(transaction);
    }

    /** A work that met another transaction may have left its own one beyond repair. */
    @Override
    boolean hasConflict(List<BatchResult<T>> results) {
        return results.stream().anyMatch(result -> result instanceof Failed<T> failed && isConflict(failed.failure()));
    }

    @Override
    boolean needsCommit(List<BatchResult<T>> results) {
        return results.stream()
                .anyMatch(result -> outcome(result) instanceof Executed
                        || (result instanceof Failed<T> failed && failed.policy() == FailurePolicy.RECORD));
    }

    /** A work that was not recorded would be repeated, if the commit took place, and nobody could tell. */
    @Override
    boolean leavesATrace(List<BatchResult<T>> results) {
        return results.stream()
                .noneMatch(result -> outcome(result) instanceof Executed<T> executed
                        && executed.recording() == Recording.NOT_RECORDED);
    }

    @Override
    boolean isInProgress(List<BatchResult<T>> results, List<BatchResult<T>> unsure) {
        for (int i = 0; i < results.size(); i++) {
            if (outcome(results.get(i)) instanceof InProgress && outcome(unsure.get(i)) instanceof Executed) {
                return true;
            }
        }
        return false;
    }

    @Override
    List<BatchResult<T>> confirmed(List<BatchResult<T>> met, List<BatchResult<T>> unsure) {
        List<BatchResult<T>> confirmed = new ArrayList<>(met.size());
        for (int i = 0; i < met.size(); i++) {
            Outcome<T> now = outcome(met.get(i));
            Outcome<T> before = outcome(unsure.get(i));
            boolean confirms = now != null && before != null && CallRuns.confirms(now, before);
            confirmed.add((confirms ? unsure : met).get(i));
        }
        return confirmed;
    }

    private static <T extends @Nullable Object> @Nullable Outcome<T> outcome(BatchResult<T> result) {
        return result instanceof Answered<T> answered ? answered.outcome() : null;
    }
}
