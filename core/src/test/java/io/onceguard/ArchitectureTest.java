package io.onceguard;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.AccessTarget;
import com.tngtech.archunit.core.domain.AccessTarget.CodeUnitAccessTarget;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.io.Externalizable;
import java.io.ObjectInput;
import java.io.ObjectInputFilter;
import java.io.ObjectInputStream;
import java.io.ObjectOutput;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.time.Clock;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Calendar;
import java.util.Date;
import java.util.GregorianCalendar;
import java.util.stream.Stream;

/** Which package may know which, and what none of them may use. A rule for a package that does not exist yet passes. */
@AnalyzeClasses(packages = "io.onceguard", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    private static final String ROOT = "io.onceguard";
    private static final String SPI = "io.onceguard.spi";
    private static final String HTTP = "io.onceguard.http";
    private static final String MESSAGING = "io.onceguard.messaging";
    private static final String METRICS = "io.onceguard.metrics";

    @ArchTest
    static final ArchRule theseAreAllPackages =
            classes().should().resideInAnyPackage(ROOT, SPI, HTTP, MESSAGING, METRICS);

    @ArchTest
    static final ArchRule spiKnowsNothingOfOurs = knowsOnly(SPI);

    @ArchTest
    static final ArchRule rootKnowsSpi = knowsOnly(ROOT, SPI);

    @ArchTest
    static final ArchRule httpKnowsRootAndSpi = knowsOnly(HTTP, ROOT, SPI);

    @ArchTest
    static final ArchRule messagingKnowsRootAndSpi = knowsOnly(MESSAGING, ROOT, SPI);

    /** The one place that may see a library: the Micrometer binder, an optional dependency. */
    @ArchTest
    static final ArchRule metricsKnowsRootAndSpi = knowsOnly(METRICS, ROOT, SPI, "io.micrometer.core..");

    /** Every package is a slice of its own, the root package too. */
    @ArchTest
    static final ArchRule noCycles =
            slices().matching("io.(**)").should().beFreeOfCycles().allowEmptyShould(true);

    /** {@code Serializable} itself too: exceptions and enums inherit it without naming it. */
    @ArchTest
    static final ArchRule noJavaSerialization = noClasses()
            .should()
            .dependOnClassesThat(belongToAnyOf(
                    Serializable.class,
                    Externalizable.class,
                    ObjectInput.class,
                    ObjectInputFilter.class,
                    ObjectInputStream.class,
                    ObjectOutput.class,
                    ObjectOutputStream.class))
            .allowEmptyShould(true);

    /** Dates come from the store; local deadlines come from {@code System.nanoTime}. */
    @ArchTest
    static final ArchRule noWallClock =
            noClasses().should().accessTargetWhere(readsWallClock()).allowEmptyShould(true);

    private static ArchRule knowsOnly(String itself, String... others) {
        String[] allowed = Stream.concat(
                        Stream.of("java..", "javax.crypto..", "org.jspecify..", itself), Arrays.stream(others))
                .toArray(String[]::new);
        return classes()
                .that()
                .resideInAPackage(itself)
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(allowed)
                .allowEmptyShould(true);
    }

    private static DescribedPredicate<JavaAccess<?>> readsWallClock() {
        return DescribedPredicate.describe("reads the wall clock", access -> {
            AccessTarget target = access.getTarget();
            String name = target.getName();
            if (target.getOwner().isEquivalentTo(System.class)) {
                return name.equals("currentTimeMillis");
            }
            if (target.getOwner().isEquivalentTo(Clock.class)
                    || target.getOwner().isEquivalentTo(InstantSource.class)) {
                return (name.startsWith("system") || name.startsWith("tick")) && !takesClock(target);
            }
            if (target.getOwner().getPackageName().startsWith("java.time")) {
                return name.equals("now") && !takesClock(target);
            }
            if (target.getOwner().isEquivalentTo(Date.class)
                    || target.getOwner().isEquivalentTo(GregorianCalendar.class)) {
                return name.equals("<init>") && takesNothing(target);
            }
            return target.getOwner().isEquivalentTo(Calendar.class) && name.equals("getInstance");
        });
    }

    private static boolean takesClock(AccessTarget target) {
        return target instanceof CodeUnitAccessTarget codeUnit
                && codeUnit.getRawParameterTypes().stream().anyMatch(type -> type.isEquivalentTo(Clock.class));
    }

    private static boolean takesNothing(AccessTarget target) {
        return target instanceof CodeUnitAccessTarget codeUnit
                && codeUnit.getRawParameterTypes().isEmpty();
    }
}
