package io.onceguard;

import java.nio.charset.CharacterCodingException;

/**
 * Turns the values of an operation into bytes and back. Every caller of a replay gets a value decoded for itself.
 *
 * <p>The id is stored beside the bytes and says which codec can read them. Give a codec a new id whenever bytes that it
 * wrote before no longer decode, and keep the old one as an additional decoder of the operation until its records have
 * expired.
 *
 * <p>Null never reaches a codec; the library keeps it as a value of its own. Implementations are thread-safe.
 *
 * @param <T> the type of the values
 */
public interface ResultCodec<T> {

    /**
     * Returns the id of the format; always the same.
     *
     * @return 1 to 64 printable ASCII characters; ids that begin with {@code onceguard-} are reserved
     */
    String id();

    /**
     * Encodes a value.
     *
     * @param value the value, never null
     * @return the bytes; the array may be shared and is not written to
     * @throws Exception if the value cannot be encoded; the operation is then completed without a result, or released,
     *     as its policy says
     */
    byte[] encode(T value) throws Exception;

    /**
     * Decodes a value.
     *
     * @param bytes bytes of a codec with this id, in an array that was made for this call: it is the codec's own
     * @return the value, never null, independent of every value returned before
     * @throws Exception if the bytes cannot be decoded; the caller then gets an {@link UnreadableResultException}
     */
    T decode(byte[] bytes) throws Exception;

    /**
     * Returns a codec made of two functions, for example
     * {@code ResultCodec.of("receipt-1", mapper::writeValueAsBytes, bytes -> mapper.readValue(bytes, Receipt.class))}.
     *
     * @param <T> the type of the values
     * @param id the id: 1 to 64 printable ASCII characters, not beginning with {@code onceguard-}
     * @param encoder see {@link #encode}
     * @param decoder see {@link #decode}
     * @return the codec
     * @throws IllegalArgumentException if the id breaks a rule
     */
    static <T> ResultCodec<T> of(String id, Encoder<? super T> encoder, Decoder<? extends T> decoder) {
        return new FunctionCodec<>(CodecId.checked(id), encoder, decoder);
    }

    /** Returns the codec of strings, id {@code utf8}. It refuses unpaired surrogates and malformed bytes. */
    static ResultCodec<String> utf8() {
        return new FunctionCodec<>("utf8", StrictUtf8::encode, ResultCodec::decodeUtf8);
    }

    /**
     * Returns the codec of byte arrays, id {@code bytes}. It returns the array that it is given, both ways: what is
     * stored is a copy, and so is what a replay gets.
     */
    static ResultCodec<byte[]> bytes() {
        return new FunctionCodec<>("bytes", bytes -> bytes, bytes -> bytes);
    }

    /**
     * Returns the codec of work without a value, id {@code none}: null is kept as always, and any other value is not
     * encodable, so that later calls learn that the work was done but get no value.
     *
     * @param <T> the type of the values
     * @return the codec
     */
    static <T> ResultCodec<T> none() {
        return new FunctionCodec<>("none", ResultCodec::refuse, ResultCodec::refuse);
    }

    private static String decodeUtf8(byte[] bytes) throws CharacterCodingException {
        return StrictUtf8.decode(bytes, 0, bytes.length);
    }

    @SuppressWarnings("TypeParameterUnusedInFormals") // never returns
    private static <T> T refuse(Object valueOrBytes) {
        throw new IllegalArgumentException("this operation keeps no values");
    }

    /**
     * One direction of {@link ResultCodec#of}.
     *
     * @param <T> the type of the values
     */
    @FunctionalInterface
    interface Encoder<T> {

        /**
         * Encodes a value.
         *
         * @param value the value
         * @return the bytes
         * @throws Exception if the value cannot be encoded
         */
        byte[] encode(T value) throws Exception;
    }

    /**
     * The other direction of {@link ResultCodec#of}.
     *
     * @param <T> the type of the values
     */
    @FunctionalInterface
    interface Decoder<T> {

        /**
         * Decodes a value.
         *
         * @param bytes the bytes
         * @return the value
         * @throws Exception if the bytes cannot be decoded
         */
        T decode(byte[] bytes) throws Exception;
    }
}
