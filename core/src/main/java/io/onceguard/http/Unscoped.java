package io.onceguard.http;

/** The declared absence of an identity. */
enum Unscoped implements CallerIdentity {
    NOBODY;

    @Override
    public String of(HttpRequestData request) {
        return "";
    }
}
