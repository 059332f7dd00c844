/** The contract suite that every store passes, and a store that fails on demand. */
module io.onceguard.testkit {
    requires transitive io.onceguard;
    requires transitive org.junit.jupiter.api;
    requires static org.jspecify;

    exports io.onceguard.testkit;

    opens io.onceguard.testkit to
            org.junit.platform.commons;
}
