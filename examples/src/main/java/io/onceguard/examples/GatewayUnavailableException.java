package io.onceguard.examples;

/** The gateway did not take the request; nothing was charged. */
final class GatewayUnavailableException extends Exception {

    private static final long serialVersionUID = 1L;

    GatewayUnavailableException() {
        super("the gateway is unavailable; nothing was charged");
    }
}
