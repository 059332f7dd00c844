package io.onceguard.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.onceguard.FailurePolicy;
import io.onceguard.IdempotencyExecutorBuilder;
import io.onceguard.Outcome;
import io.onceguard.Recording;
import io.onceguard.UnresolvedReason;
import io.onceguard.messaging.Disposition;
import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The README says what is true. */
class ReadmeTest {

    private static final Path SAMPLES = Path.of("examples/src/main/java/io/onceguard/examples");

    private String readme = "";

    @BeforeEach
    void read() throws IOException {
        readme = Files.readString(Path.of("README.md"));
    }

    @Test
    void itsCodeIsCompiledCode() throws IOException {
        String adapters = read("IdempotentHandler.java", "RabbitConsumer.java", "KafkaConsumerLoop.java");
        String methods = read("ReadmeSample.java", "PaymentsServer.java", "RabbitBookings.java");
        String compiled = adapters + methods.replaceAll("(?m)^ {8}", "");
        List<String> blocks = blocks("java");

        assertThat(blocks).isNotEmpty().allSatisfy(block -> assertThat(compiled).contains(block));
        assertThat(blocks.get(0).lines().count()).isLessThanOrEqualTo(10);
    }

    private static String read(String... files) throws IOException {
        StringBuilder all = new StringBuilder();
        for (String file : files) {
            all.append(Files.readString(SAMPLES.resolve(file)));
        }
        return all.toString();
    }

    @Test
    void itsAdaptersAreShort() {
        assertThat(blocks("java"))
                .filteredOn(block -> block.contains("\nfinal class ") || block.contains("\nrecord "))
                .hasSize(3)
                .allSatisfy(adapter -> assertThat(adapter.lines().count()).isLessThan(80));
    }

    @Test
    void itsOutputIsThatOfTheQuickstart(@TempDir Path folder) throws Exception {
        Report report;
        try (PaymentDatabase database = PaymentDatabase.open(folder)) {
            Gateway gateway = new SimulatedGateway(database.ledger());
            report = Quickstart.play(PaymentRequestFile.COMMITTED, database, gateway);
        }

        assertThat(blocks("text")).hasSize(2);
        assertThat(sameInEveryRun(blocks("text").get(0))).isEqualTo(sameInEveryRun(report.toString()));
    }

    @Test
    void itsKillsLookAsThoseOfTheQuickstart() {
        CrashReport report = CrashReportTest.kept();

        String shown = blocks("text").get(1);

        assertThat(withoutNumbers(shown)).isEqualTo(withoutNumbers(report + "\n"));
        assertThat(shown).containsPattern("at most once +\\d+ +\\d+ +\\d+ +0 ");
        assertThat(shown).containsPattern("same transaction +200 +\\d+ +200 +0 +0 +0\n");
    }

    /** What a kill meets is chance. */
    private static String withoutNumbers(String output) {
        return output.replaceAll(" +\\d+", " #");
    }

    @Test
    void everyOptionIsNamed() {
        assertThat(IdempotencyExecutorBuilder.class.getDeclaredMethods())
                .filteredOn(method -> Modifier.isPublic(method.getModifiers()) && !method.isSynthetic())
                .extracting(Method::getName)
                .isNotEmpty()
                .allSatisfy(option -> assertThat(readme).contains("`" + option + "("));
    }

    @Test
    void everyOutcomeAndDispositionIsNamed() {
        Stream<String> outcomes =
                Arrays.stream(Outcome.class.getPermittedSubclasses()).map(Class::getSimpleName);
        Stream<String> dispositions =
                Arrays.stream(Disposition.class.getPermittedSubclasses()).map(Class::getSimpleName);
        Stream<Enum<?>> constants = Stream.of(
                        Recording.values(),
                        UnresolvedReason.values(),
                        FailurePolicy.values(),
                        Disposition.RetryLater.Cause.values(),
                        Disposition.Rejected.Reason.values())
                .flatMap(Arrays::stream);

        assertThat(Stream.concat(Stream.concat(outcomes, dispositions), constants.map(Enum::name)))
                .allSatisfy(name -> assertThat(readme).contains("`" + name + "`"));
    }

    @Test
    void itsLinksLeadSomewhere() {
        List<String> links = find("\\]\\(([^)]+)\\)").toList();

        assertThat(links).hasSizeGreaterThan(10).allSatisfy(link -> {
            if (link.startsWith("#")) {
                assertThat(headings()).contains(link);
            } else {
                assertThat(Path.of(link)).exists();
            }
        });
    }

    private List<String> headings() {
        return find("(?m)^#+ (.+)$")
                .map(heading -> heading.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9 -]", ""))
                .map(heading -> "#" + heading.replace(' ', '-'))
                .toList();
    }

    private List<String> blocks(String language) {
        return find("(?s)```" + language + "\n(.*?)```").toList();
    }

    private Stream<String> find(String pattern) {
        return Pattern.compile(pattern).matcher(readme).results().map(ReadmeTest::firstGroup);
    }

    private static String firstGroup(MatchResult result) {
        return result.group(1);
    }

    /** Where the database is, how many clients meet in progress, and how long it takes, is chance. */
    private static List<String> sameInEveryRun(String output) {
        return output.lines()
                .filter(line -> !line.matches(" *(database|told to come back|in progress|wall time) .*"))
                .toList();
    }
}
