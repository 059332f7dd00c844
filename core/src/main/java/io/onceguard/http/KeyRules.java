package io.onceguard.http;

import io.onceguard.IdempotencyKey;
import io.onceguard.KeyPolicy;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Where the key of a request stands, and which keys are accepted. */
record KeyRules(
        List<String> headerNames,
        boolean required,
        boolean strict,
        boolean uuidOnly,
        @Nullable KeyPolicy further) {

    private static final KeyPolicy UUID = KeyPolicy.uuid();
    private static final String UUID_PATTERN = "^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$";

    /** The field has printable ASCII only, and a key is not blank. */
    private static final String ANY_PATTERN = "^(?=.*[!-~])[ -~]{1," + IdempotencyKey.MAX_CODE_POINTS + "}$";

    /** Why a key is not accepted. */
    record Violation(HttpRefusal refusal, String rule) {}

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
    Violation violation(String key) {
        String uuidRule = uuidOnly ? UUID.violatedRule(key) : null;
        if (uuidRule != null) {
            return new Violation(HttpRefusal.NOT_A_UUID, uuidRule);
        }
        String rule = further == null ? null : further.violatedRule(key);
        return rule == null ? null : new Violation(HttpRefusal.INVALID_KEY, rule);
    }

    /** Returns the one form that equal keys have: UUIDs are compared without regard to case (RFC 9562, section 4). */
    String canonical(String key) {
        return uuidOnly ? key.toLowerCase(Locale.ROOT) : key;
    }

    HttpPolicy.KeyForm form() {
        return new HttpPolicy.KeyForm(required, strict, uuidOnly ? UUID_PATTERN : ANY_PATTERN, further != null);
    }
}
