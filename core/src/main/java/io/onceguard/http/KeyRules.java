package io.onceguard.http;

import io.onceguard.KeyPolicy;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Where the key of a request stands, and which keys are accepted. */
record KeyRules(List<String> headerNames, boolean required, boolean strict, boolean uuidOnly, KeyPolicy policy) {

    /** The first name that the request has. */
    @Nullable
    String presentName(HttpRequestData request) {
        return headerNames.stream()
                .filter(name -> request.headers().first(name) != null)
                .findFirst()
                .orElse(null);
    }

    IdempotencyKeyHeader parse(List<String> values) {
        return strict ? IdempotencyKeyHeader.parseStrict(values) : IdempotencyKeyHeader.parse(values);
    }

    /** Returns the rule that a key breaks; null if it is accepted. */
    @Nullable
    String violatedRule(String key) {
        String uuidRule = uuidOnly ? KeyPolicy.uuid().violatedRule(key) : null;
        return uuidRule != null ? uuidRule : policy.violatedRule(key);
    }

    /** Returns the one form that equal keys have: UUIDs are compared without regard to case (RFC 9562, section 4). */
    String canonical(String key) {
        return uuidOnly ? key.toLowerCase(Locale.ROOT) : key;
    }
}
