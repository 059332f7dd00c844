/** A store in the memory of one JVM. */
module io.onceguard.memory {
    requires transitive io.onceguard;
    requires com.github.benmanes.caffeine;
    requires static org.jspecify;

    exports io.onceguard.memory;
}
