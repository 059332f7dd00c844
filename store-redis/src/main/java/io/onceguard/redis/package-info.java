/** A store in Redis. */
@NullMarked
package io.onceguard.redis;

import org.jspecify.annotations.NullMarked;
