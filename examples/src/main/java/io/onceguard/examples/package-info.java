/** Programs that show the library in use. */
@NullMarked
package io.onceguard.examples;

import org.jspecify.annotations.NullMarked;
