/** The contract suite that every store passes, for authors of stores. */
@NullMarked
package io.onceguard.testkit;

import org.jspecify.annotations.NullMarked;
