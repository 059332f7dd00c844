package io.onceguard.redis;

import java.time.Duration;

/**
 * How many replicas must have a write before it counts.
 *
 * @param count how many, at least 1
 * @param timeout how long to wait for them
 */
record Replicas(int count, Duration timeout) {}
