package io.onceguard;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The part of an operation's options that says how results become bytes; each is checked when it is given. */
final class EnvelopeOptions<T extends @Nullable Object> {

    private ResultFormat<T> results;
    private FailureFormat failures = FailureFormat.DEFAULT;
    private EnvelopeFormat format = EnvelopeFormat.PLAIN;

    EnvelopeOptions(ResultCodec<T> codec) {
        this.results = new ResultFormat<>(codec, List.of(), ResultFormat.DEFAULT_MAX_BYTES);
    }

    void maxResultBytes(int bytes) {
        results = new ResultFormat<>(results.codec(), results.alsoDecodes(), bytes);
    }

    void alsoDecodes(ResultCodec<? extends T> older) {
        List<ResultCodec<? extends T>> all = new ArrayList<>(results.alsoDecodes());
        all.add(older);
        results = new ResultFormat<>(results.codec(), all, results.maxBytes());
    }

    void compressAbove(int bytes) {
        format = new EnvelopeFormat(bytes, format.cipher());
    }

    void cipher(ResultCipher cipher) {
        format = new EnvelopeFormat(format.compressAbove(), cipher);
    }

    void failureCodec(ResultCodec<Throwable> codec) {
        failures = new FailureFormat(codec, failures.codeOf(), failures.keepMessage());
    }

    void failureCode(Function<? super Throwable, @Nullable String> code) {
        failures = new FailureFormat(failures.codec(), code::apply, failures.keepMessage());
    }

    void keepFailureMessages() {
        failures = new FailureFormat(failures.codec(), failures.codeOf(), true);
    }

    ResultEnvelope<T> build() {
        return new ResultEnvelope<>(results, failures, format);
    }
}
