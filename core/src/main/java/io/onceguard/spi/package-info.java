/**
 * What the author of a store implements: {@link io.onceguard.spi.IdempotencyStore} and the small records it speaks.
 *
 * <p>The package depends on nothing but the JDK. It speaks strings, bytes, durations and its own records; it knows
 * nothing of codecs, policies or callers.
 */
@NullMarked
package io.onceguard.spi;

import org.jspecify.annotations.NullMarked;
