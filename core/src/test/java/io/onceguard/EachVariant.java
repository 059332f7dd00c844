package io.onceguard;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.CsvSource;

/** Runs a class with both guarantees over both kinds of store; its constructor takes the two. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
@ParameterizedClass(name = "{0}, {1}")
@CsvSource({"AT_LEAST_ONCE, REMOTE", "AT_LEAST_ONCE, LOCAL", "AT_MOST_ONCE, REMOTE", "AT_MOST_ONCE, LOCAL"})
@Timeout(60)
@interface EachVariant {}
