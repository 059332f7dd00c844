package io.onceguard.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The clock of the node counts for nothing: no class of the store reads it. */
class NodeClockTest {

    private static final List<String> CLOCKS = List.of(
            "currentTimeMillis",
            "nanoTime",
            "java/time/Instant",
            "java/time/Clock",
            "java/time/LocalDateTime",
            "java/time/OffsetDateTime",
            "java/time/ZonedDateTime",
            "java/util/Date",
            "java/util/Calendar",
            "java/sql/Timestamp");

    @Test
    void B13_noClassReadsTheClockOfTheNode() throws IOException, URISyntaxException {
        Path classes = Path.of(JdbcIdempotencyStore.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
        try (Stream<Path> files = Files.walk(classes)) {
            List<Path> all =
                    files.filter(file -> file.toString().endsWith(".class")).toList();
            assertThat(all).hasSizeGreaterThan(10);
            for (Path file : all) {
                String content = Files.readString(file, StandardCharsets.ISO_8859_1);
                assertThat(CLOCKS.stream().filter(content::contains))
                        .as(file.toString())
                        .isEmpty();
            }
        }
    }
}
