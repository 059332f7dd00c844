/** The contract suite that every store passes. */
module io.onceguard.testkit {
    requires transitive io.onceguard;
    requires transitive org.junit.jupiter.api;
    requires static org.jspecify;

    exports io.onceguard.testkit;
}
