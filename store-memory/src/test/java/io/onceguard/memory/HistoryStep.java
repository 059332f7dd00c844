package io.onceguard.memory;

import io.onceguard.spi.AcquireRequest;
import io.onceguard.spi.AttemptId;
import io.onceguard.spi.Lease;
import io.onceguard.spi.RecordId;
import io.onceguard.spi.Retention;
import io.onceguard.spi.StoredFingerprint;
import io.onceguard.spi.StoredResult;
import io.onceguard.spi.Takeover;
import java.time.Duration;
import java.util.Locale;

/** One step of a history: time passes, or somebody calls the store. Prints as a line that a reader can follow. */
sealed interface HistoryStep {

    /** Which record it is about. */
    int key();

    /** Which of the tokens of a key somebody brings. */
    enum Seen {
        LATEST,
        EARLIER,
        NONE
    }

    /** The leave to take over; with a token it is the seen one. */
    enum Leave {
        NEVER,
        SAME_FINGERPRINT,
        OF_TOKEN
    }

    /** What an attempt may do with its lease. */
    enum Verb {
        RENEW,
        COMPLETE,
        RELEASE,
        HOLD
    }

    /** What an operator may do with a record. */
    enum Order {
        RESOLVE,
        DELETE
    }

    record Pass(Duration time) implements HistoryStep {

        @Override
        public int key() {
            return 0;
        }

        @Override
        public String toString() {
            return "time passes: " + text(time);
        }
    }

    record Acquire(int key, int attempt, Duration lease, Retention retention, Leave leave, Seen seen)
            implements HistoryStep {

        AcquireRequest request(long token) {
            Takeover takeover = switch (leave) {
                case NEVER -> Takeover.NEVER;
                case SAME_FINGERPRINT -> Takeover.SAME_FINGERPRINT;
                case OF_TOKEN -> Takeover.ofToken(token);
            };
            return new AcquireRequest(
                    id(key), fingerprint(attempt), attemptId(key, attempt), lease, retention, takeover);
        }

        @Override
        public String toString() {
            String token = leave == Leave.OF_TOKEN ? " " + seen : "";
            return who(key, attempt) + ": acquire, fingerprint "
                    + fingerprint(attempt).algorithm() + ", lease " + text(lease) + ", retention " + text(retention)
                    + ", takeover " + leave + token;
        }
    }

    record Write(Verb verb, int key, int attempt, Duration lease, Retention retention, StoredResult result)
            implements HistoryStep {

        /** A lease without number and token: id and attempt id alone decide. */
        Lease unseen() {
            return new Lease(id(key), attemptId(key, attempt), 0, 0, lease, retention);
        }

        @Override
        public String toString() {
            String what = switch (verb) {
                case RENEW -> "renew, lease " + text(lease);
                case COMPLETE -> "complete with " + text(result);
                case RELEASE -> "release";
                case HOLD -> "hold";
            };
            return who(key, attempt) + ": " + what + ", retention " + text(retention);
        }
    }

    record Operate(Order order, int key, Seen seen, Retention retention, StoredResult result) implements HistoryStep {

        @Override
        public String toString() {
            String what = order == Order.DELETE
                    ? "delete"
                    : "resolve with " + text(result) + ", retention " + text(retention);
            return "key " + key + ", an operator who saw the token " + seen + ": " + what;
        }
    }

    record Find(int key) implements HistoryStep {

        @Override
        public String toString() {
            return "key " + key + ": find";
        }
    }

    static RecordId id(int key) {
        return new RecordId("charge", "tenant-7", "order-" + key);
    }

    static AttemptId attemptId(int key, int attempt) {
        return new AttemptId(key, attempt);
    }

    /** Two attempts of a key agree on the input, one brings another, one brings none. */
    static StoredFingerprint fingerprint(int attempt) {
        return switch (attempt) {
            case 0, 1 -> new StoredFingerprint("this", new byte[] {1});
            case 2 -> new StoredFingerprint("other", new byte[] {2});
            default -> StoredFingerprint.NONE;
        };
    }

    private static String who(int key, int attempt) {
        return "key " + key + ", attempt " + attempt;
    }

    private static String text(Retention retention) {
        return retention.duration().map(HistoryStep::text).orElse("for ever");
    }

    private static String text(Duration time) {
        return time.toString().substring("PT".length()).toLowerCase(Locale.ROOT);
    }

    private static String text(StoredResult result) {
        return result.bytes().length + " bytes";
    }
}
