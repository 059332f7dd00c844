/**
 * Keeps records in the memory of this process: {@link io.onceguard.memory.InMemoryIdempotencyStore}.
 *
 * <p>It is the reference implementation of {@link io.onceguard.spi.IdempotencyStore}, and the one to read first.
 */
@NullMarked
package io.onceguard.memory;

import org.jspecify.annotations.NullMarked;
