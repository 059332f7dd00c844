/**
 * Makes business code safe to retry: {@link io.onceguard.IdempotencyExecutor} and the words around it.
 *
 * <p>The reader's path: {@link io.onceguard.IdempotencyExecutor}, {@link io.onceguard.Outcome},
 * {@link io.onceguard.spi.IdempotencyStore}.
 */
@NullMarked
package io.onceguard;

import org.jspecify.annotations.NullMarked;
