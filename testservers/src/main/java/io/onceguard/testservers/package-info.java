/** Real servers for the tests of all modules: started when first needed, stopped with the JVM. */
@NullMarked
package io.onceguard.testservers;

import org.jspecify.annotations.NullMarked;
