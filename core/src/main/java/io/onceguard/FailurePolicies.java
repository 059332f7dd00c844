package io.onceguard;

import java.util.Map;

/** Which policy a failure of the work meets: that of its most specific registered type, else the default. */
record FailurePolicies(Map<Class<? extends Throwable>, FailurePolicy> byType, FailurePolicy otherwise) {

    FailurePolicies {
        byType = Map.copyOf(byType);
    }

    FailurePolicy of(Throwable failure) {
        for (Class<?> type = failure.getClass(); type != Object.class; type = type.getSuperclass()) {
            FailurePolicy policy = byType.get(type);
            if (policy != null) {
                return policy;
            }
        }
        return otherwise;
    }
}
