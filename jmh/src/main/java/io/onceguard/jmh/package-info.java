/**
 * Benchmarks. Each compares the library with the raw limit: the least code that a skilled engineer would write by hand
 * for the same work on the same server, without this library. Both run by turns in slices of about a millisecond, so that
 * a machine that grows slower or faster does so for both.
 */
@NullMarked
package io.onceguard.jmh;

import org.jspecify.annotations.NullMarked;
