package io.onceguard.spi;

/** A caller's wish to be told when a record may have moved; see {@link IdempotencyStore#watch}. */
@FunctionalInterface
public interface Watch extends AutoCloseable {

    /** The watch of a store that tells nobody. */
    Watch NONE = () -> {};

    /** Ends the watch. Does not block or throw; a signal that is under way may still be given. */
    @Override
    void close();
}
