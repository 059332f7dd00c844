package io.onceguard.redis;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.onceguard.spi.AcquireRequest;
import io.onceguard.spi.Completion;
import io.onceguard.spi.Lease;
import io.onceguard.spi.RecordId;
import io.onceguard.spi.Retention;
import io.onceguard.spi.StoredResult;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Puts the verbs into calls of scripts: which script, which key, which arguments. */
final class Calls {

    private final RecordNames names;
    private final boolean push;
    private final Script acquire = Script.of("acquire");
    private final Script resolve = Script.of("resolve");
    private final Script delete = Script.of("delete");
    private final Script find = Script.of("find");
    private final Script renew;
    private final Script complete;
    private final Script release;
    private final Script hold;

    /**
     * @param flags whether the servers know the flags of scripts
     * @param push whether those who wait for a record are told when it moved
     */
    Calls(RecordNames names, boolean flags, boolean push) {
        this.names = names;
        this.push = push;
        renew = Script.evenWithoutMemory("renew", flags);
        complete = Script.evenWithoutMemory("complete", flags);
        release = Script.evenWithoutMemory("release", flags);
        hold = Script.evenWithoutMemory("hold", flags);
    }

    ScriptCall acquire(AcquireRequest request) {
        ScriptCall call = new ScriptCall(
                acquire,
                names.of(request.id()),
                List.of(
                        PackedRecord.packed(request.attemptId(), request.fingerprint()),
                        number(Millis.leaseMicros(request.lease())),
                        number(Millis.lifeInProgress(request.lease(), request.retention()))));
        return switch (request.takeover().kind()) {
            case NEVER -> call;
            case SAME_FINGERPRINT -> call.with(new byte[] {'F'});
            case OF_TOKEN -> call.with(("T" + request.takeover().token()).getBytes(US_ASCII));
        };
    }

    ScriptCall renew(Lease lease) {
        return ofAttempt(
                renew,
                lease,
                number(Millis.leaseMicros(lease.duration())),
                number(Millis.lifeInProgress(lease.duration(), lease.retention())));
    }

    ScriptCall complete(Completion item) {
        return ending(
                complete,
                item.lease(),
                PackedRecord.packed(item.result()),
                number(Millis.lifeCompleted(item.retention())));
    }

    ScriptCall release(Lease lease) {
        return ending(release, lease, number(Millis.lifeEnded(lease.retention())));
    }

    ScriptCall hold(Lease lease) {
        return ending(hold, lease, number(Millis.lifeEnded(lease.retention())));
    }

    private ScriptCall ofAttempt(Script script, Lease lease, byte[]... more) {
        List<byte[]> arguments = new ArrayList<>(1 + more.length);
        arguments.add(PackedRecord.packed(lease.attemptId()));
        Collections.addAll(arguments, more);
        return new ScriptCall(script, names.of(lease.id()), arguments);
    }

    private ScriptCall ending(Script script, Lease lease, byte[]... more) {
        return told(ofAttempt(script, lease, more));
    }

    /** With the channel as the last argument: the name of the record. */
    private ScriptCall told(ScriptCall call) {
        return push ? call.with(call.key()) : call;
    }

    ScriptCall resolve(RecordId id, long expectedToken, StoredResult result, Retention retention) {
        return told(new ScriptCall(
                resolve,
                names.of(id),
                List.of(number(expectedToken), PackedRecord.packed(result), number(Millis.lifeCompleted(retention)))));
    }

    ScriptCall delete(RecordId id, long expectedToken) {
        return told(new ScriptCall(delete, names.of(id), List.of(number(expectedToken))));
    }

    ScriptCall find(RecordId id) {
        return new ScriptCall(find, names.of(id), List.of());
    }

    /** The channel on which it is told that a record moved. */
    byte[] channel(RecordId id) {
        return names.of(id);
    }

    private static byte[] number(long number) {
        return Long.toString(number).getBytes(US_ASCII);
    }
}
