package io.onceguard.jdbc;

import static org.junit.jupiter.api.extension.ConditionEvaluationResult.disabled;
import static org.junit.jupiter.api.extension.ConditionEvaluationResult.enabled;

import io.onceguard.testservers.PgBouncerServer;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Marks tests that run where PgBouncer is installed. Where it is not, the build says that they were left out, and why;
 * under the profile {@code servers} they run all the same, and fail.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Inherited
@ExtendWith(NeedsPgBouncer.Condition.class)
@interface NeedsPgBouncer {

    /** Looks for it. */
    final class Condition implements ExecutionCondition {

        private static final String MISSING =
                "left out, because no pgbouncer is on the path: install it, or name one in "
                        + PgBouncerServer.URL_VARIABLE + "; the profile servers makes this a failure";

        @Override
        public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
            if (Boolean.getBoolean("onceguard.servers") || PgBouncerServer.isThere()) {
                return enabled("PgBouncer has to be there");
            }
            System.err.println("[WARNING] " + context.getDisplayName() + ": " + MISSING);
            return disabled(MISSING);
        }
    }
}
