/**
 * For the author of a store: {@link io.onceguard.testkit.IdempotencyStoreContract} shows whether a store keeps the
 * contract of {@link io.onceguard.spi.IdempotencyStore}, {@link io.onceguard.testkit.StoreHarness} is what the suite
 * needs to know about it, and {@link io.onceguard.testkit.FaultInjectingStore} makes a store fail on demand.
 *
 * <p>The package depends on the SPI and on JUnit's API; it runs on JUnit 5.14 and 6.
 */
@NullMarked
package io.onceguard.testkit;

import org.jspecify.annotations.NullMarked;
