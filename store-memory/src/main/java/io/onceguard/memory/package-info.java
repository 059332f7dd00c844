/** A store in the memory of one JVM. */
@NullMarked
package io.onceguard.memory;

import org.jspecify.annotations.NullMarked;
