package io.onceguard.testkit;

import io.onceguard.spi.AcquireRequest;
import io.onceguard.spi.AcquireResult;
import io.onceguard.spi.AcquireResult.Abandoned;
import io.onceguard.spi.AcquireResult.Acquired;
import io.onceguard.spi.AcquireResult.Completed;
import io.onceguard.spi.AcquireResult.Held;
import io.onceguard.spi.AcquireResult.Refused;
import io.onceguard.spi.Lease;
import io.onceguard.spi.PreviousAttempt;
import io.onceguard.spi.RecordState;
import io.onceguard.spi.Retention;
import io.onceguard.spi.StoredRecord;
import io.onceguard.spi.StoredResult;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A call on one record together with its answer. Each kind says what its answer means: the state after it, or the rule
 * that forbids this answer in the state before.
 */
sealed interface Step {

    /**
     * Takes the step.
     *
     * @return the state after it; the same object if the step changed nothing
     * @throws Contradiction if the answer is not allowed in this state
     */
    ModelState from(ModelState before);

    /** Says that the answer means that the call changed nothing, in whatever state it took effect. */
    boolean isIdle();

    /** An acquire. */
    record Acquire(AcquireRequest request, AcquireResult answer) implements Step {

        @Override
        public boolean isIdle() {
            return answer instanceof Refused;
        }

        @Override
        public ModelState from(ModelState before) {
            ModelRecord record = before.record();
            if (answer instanceof Acquired acquired) {
                return granted(before, record, acquired);
            }
            StoredRecord shown = ((Refused) answer).record();
            if (record == null) {
                throw new Contradiction("R04: refused although there is no record");
            }
            refused(record);
            record.mustLookLike(shown);
            return before;
        }

        private ModelState granted(ModelState before, @Nullable ModelRecord record, Acquired acquired) {
            if (record == null) {
                return grantedAnew(before, acquired, PreviousAttempt.NONE, 1);
            }
            if (record.belongsTo(request.attemptId())) {
                Contradiction.unless(
                        record.written() == RecordState.IN_PROGRESS,
                        "R03: an attempt came back after it had ended as " + record.written());
                record.mustBeLeasedBy(acquired.lease(), request);
                Contradiction.unless(
                        acquired.previous() == record.previous(), "R03: a repeated acquire changed 'previous'");
                return before.with(record.rearmed(request.lease(), request.retention()));
            }
            RecordState state = record.state();
            Contradiction.unless(state != RecordState.IN_PROGRESS, "R04: two attempts hold a live lease");
            Contradiction.unless(state != RecordState.COMPLETED, "R05: a completed record was acquired");
            Contradiction.unless(state == RecordState.RELEASED || mayTakeOver(record), "R06: a takeover without leave");
            return grantedAnew(before, acquired, PreviousAttempt.valueOf(state.name()), record.number() + 1);
        }

        private ModelState grantedAnew(ModelState before, Acquired acquired, PreviousAttempt previous, int number) {
            long token = acquired.lease().token();
            Contradiction.unless(
                    token > before.lastToken(), "R07: token " + token + " after token " + before.lastToken());
            Contradiction.unless(
                    acquired.previous() == previous,
                    "R06: the attempt before was " + previous + ", told " + acquired.previous());
            ModelRecord next = ModelRecord.granted(request, previous, number, token);
            next.mustBeLeasedBy(acquired.lease(), request);
            return before.with(next);
        }

        private void refused(ModelRecord record) {
            boolean own = record.belongsTo(request.attemptId());
            RecordState state = record.state();
            Contradiction.unless(
                    !own || record.written() != RecordState.IN_PROGRESS, "R03: an attempt was refused its own lease");
            Contradiction.unless(own || state != RecordState.RELEASED, "R04: refused although the record is released");
            Contradiction.unless(
                    own || (state != RecordState.ABANDONED && state != RecordState.HELD) || !mayTakeOver(record),
                    "R06: a takeover with leave was refused");
            Class<?> expected = switch (state) {
                case IN_PROGRESS, RELEASED -> Held.class;
                case ABANDONED, HELD -> Abandoned.class;
                case COMPLETED -> Completed.class;
            };
            Contradiction.unless(
                    expected.isInstance(answer),
                    "R01: a record that is " + state + " was answered with "
                            + answer.getClass().getSimpleName());
        }

        private boolean mayTakeOver(ModelRecord record) {
            return switch (request.takeover().kind()) {
                case NEVER -> false;
                case SAME_FINGERPRINT -> request.fingerprint().equals(record.fingerprint());
                case OF_TOKEN -> request.takeover().token() == record.token();
            };
        }
    }

    /**
     * A write by an attempt.
     *
     * @param end the state that the write leads to; IN_PROGRESS for a renewal
     * @param result the result of a completion, else null
     */
    record Write(RecordState end, Lease lease, @Nullable StoredResult result, Retention retention, boolean answer)
            implements Step {

        @Override
        public boolean isIdle() {
            return !answer;
        }

        @Override
        public ModelState from(ModelState before) {
            ModelRecord record = before.record();
            boolean own = record != null && record.belongsTo(lease.attemptId());
            if (record == null || !own) {
                Contradiction.unless(!answer, "R02: a write by another attempt was accepted, to " + end);
                return before;
            }
            boolean open = record.written() == RecordState.IN_PROGRESS;
            boolean expected = open || record.written() == end;
            Contradiction.unless(
                    answer == expected,
                    "R02: a write to " + end + " by the owner of a record that is " + record.state() + " was "
                            + (answer ? "accepted" : "refused"));
            if (!answer || !open) {
                return before;
            }
            return before.with(
                    end == RecordState.IN_PROGRESS
                            ? record.rearmed(lease.duration(), lease.retention())
                            : record.ended(end, result, retention));
        }
    }

    /** A completion by an operator. */
    record Resolve(long token, StoredResult result, Retention retention, boolean answer) implements Step {

        @Override
        public boolean isIdle() {
            return !answer;
        }

        @Override
        public ModelState from(ModelState before) {
            ModelRecord record = before.record();
            RecordState state = record == null ? null : record.state();
            boolean open = state == RecordState.ABANDONED || state == RecordState.HELD;
            boolean expected = record != null && open && record.token() == token;
            Contradiction.unless(
                    answer == expected,
                    "R02: resolve of a record that is " + state + " was " + (answer ? "accepted" : "refused"));
            return record == null || !answer ? before : before.with(record.resolved(result, retention));
        }
    }

    /** A removal by an operator. */
    record Delete(long token, boolean answer) implements Step {

        @Override
        public boolean isIdle() {
            return !answer;
        }

        @Override
        public ModelState from(ModelState before) {
            ModelRecord record = before.record();
            boolean expected = record != null && record.token() == token;
            Contradiction.unless(answer == expected, "R02: delete was " + (answer ? "accepted" : "refused"));
            return answer ? before.withoutRecord() : before;
        }
    }

    /**
     * A look.
     *
     * @param answer what was shown, or null if there was no record
     */
    record Find(@Nullable StoredRecord answer) implements Step {

        @Override
        public boolean isIdle() {
            return true;
        }

        @Override
        public ModelState from(ModelState before) {
            ModelRecord record = before.record();
            Contradiction.unless(
                    (record == null) == (answer == null),
                    record == null ? "R08: an absent record was shown" : "R08: the record was not shown");
            if (record != null && answer != null) {
                record.mustLookLike(answer);
            }
            return before;
        }
    }

    /** Time that the harness let pass. */
    record TimePassed(Duration duration) implements Step {

        @Override
        public boolean isIdle() {
            return false;
        }

        @Override
        public ModelState from(ModelState before) {
            ModelRecord record = before.record();
            if (record == null) {
                return before;
            }
            ModelRecord older = record.older(duration);
            return older.isExpired() ? before.withoutRecord() : before.with(older);
        }
    }
}
