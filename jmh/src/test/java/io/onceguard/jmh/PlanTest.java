package io.onceguard.jmh;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.openjdk.jmh.annotations.Benchmark;

class PlanTest {

    @ParameterizedTest
    @MethodSource("io.onceguard.jmh.Plan#all")
    void aPlanNamesOneBenchmarkAndStoresThatExist(Plan plan) throws Exception {
        assertThat(Arrays.stream(plan.benchmark().getMethods())
                        .filter(method -> method.isAnnotationPresent(Benchmark.class))
                        .filter(method -> Pattern.compile(plan.pattern())
                                .matcher(plan.benchmark().getName() + "." + method.getName())
                                .find()))
                .hasSize(1);
        assertThat(Backend.BY_NAME).containsKey(plan.parameters().get("store"));
        for (String parameter : plan.parameters().keySet()) {
            assertThat(plan.benchmark().getField(parameter)).isNotNull();
        }
    }
}
