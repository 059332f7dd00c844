/** A store in a relational database. */
@NullMarked
package io.onceguard.jdbc;

import org.jspecify.annotations.NullMarked;
