package io.onceguard;

import static java.util.Objects.requireNonNull;

/** A codec made of two functions. */
record FunctionCodec<T>(String id, ResultCodec.Encoder<? super T> encoder, ResultCodec.Decoder<? extends T> decoder)
        implements ResultCodec<T> {

    FunctionCodec {
        requireNonNull(encoder, "encoder");
        requireNonNull(decoder, "decoder");
    }

    @Override
    public byte[] encode(T value) throws Exception {
        return encoder.encode(value);
    }

    @Override
    public T decode(byte[] bytes) throws Exception {
        return decoder.decode(bytes);
    }

    @Override
    public String toString() {
        return "codec(" + id + ")";
    }
}
