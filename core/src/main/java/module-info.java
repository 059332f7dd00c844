/** Runs an operation once per key and replays its result to every retry. */
module io.onceguard {
    requires static org.jspecify;

    exports io.onceguard;
    exports io.onceguard.http;
    exports io.onceguard.messaging;
    exports io.onceguard.spi;
}
