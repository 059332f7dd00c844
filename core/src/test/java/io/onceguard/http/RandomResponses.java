package io.onceguard.http;

import java.util.Random;

/** Responses of every kind: multi-valued headers, binary bodies, empty bodies. */
final class RandomResponses {

    private static final String[] NAMES = {
        "Content-Type",
        "content-type",
        "Link",
        "LINK",
        "X-Trace",
        "Set-Cookie",
        "ETag",
        "Vary",
        "Location",
        "Content-Length"
    };

    private RandomResponses() {}

    static HttpResponseData response(Random random, int status) {
        HttpHeaders headers = HttpHeaders.none();
        for (int left = random.nextInt(8); left > 0; left--) {
            headers = headers.with(NAMES[random.nextInt(NAMES.length)], value(random));
        }
        byte[] body = new byte[random.nextInt(4) == 0 ? 0 : random.nextInt(2_000)];
        random.nextBytes(body);
        return new HttpResponseData(status, headers, body);
    }

    private static String value(Random random) {
        StringBuilder value = new StringBuilder();
        for (int left = random.nextInt(30); left > 0; left--) {
            int c = random.nextInt(20) == 0 ? 0xA0 + random.nextInt(0x2000) : 0x20 + random.nextInt(0x5F);
            value.append((char) c);
        }
        return value.toString();
    }
}
