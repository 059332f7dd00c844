package io.onceguard;

import static org.assertj.core.api.Assertions.assertThat;

import io.onceguard.FaultCell.Setting;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Every call of the store fails in every way, under every policy that it can meet, with one and with two callers. The
 * table {@code fault-table.txt} has the exact outcomes, events and runs of the work of each cell; what must hold in all
 * cells is said here once more.
 */
@Timeout(120)
class FaultTableTest {

    private static final Map<String, String> TABLE = read();

    /** With these the work may run again, because the key was given back or nobody guarded it. */
    private static final Set<Setting> RUN_AGAIN = EnumSet.of(
            Setting.ACQUIRE_FAIL_OPEN,
            Setting.RELEASE_FAILURE,
            Setting.RELEASE_NOT_RECORDED,
            Setting.RELEASE_TOO_LARGE);

    @ParameterizedTest
    @EnumSource
    void everyFaultOfACallEndsAsTheTableSays(Setting setting) {
        List<String> different = FaultCell.of(setting).parallelStream()
                .map(FaultTableTest::difference)
                .flatMap(Optional::stream)
                .toList();
        assertThat(different).isEmpty();
    }

    private static Optional<String> difference(FaultCell cell) {
        FaultCellRun.Result result = FaultCellRun.of(cell);
        check(cell, result);
        String expected = TABLE.get(cell.name());
        return result.toString().equals(expected)
                ? Optional.empty()
                : Optional.of(cell.name() + "\n  now   " + result + "\n  table " + expected);
    }

    @Test
    void theTableHasEveryCellAndNoOther() {
        Set<String> cells = new TreeSet<>();
        for (Setting setting : Setting.values()) {
            FaultCell.of(setting).forEach(cell -> cells.add(cell.name()));
        }
        assertThat(new TreeSet<>(TABLE.keySet())).isEqualTo(cells);
    }

    private static void check(FaultCell cell, FaultCellRun.Result result) {
        String what = cell.name() + ": " + result;
        assertThat(result.toString()).as(what).doesNotContain("for ever").doesNotContain("LEFT BEHIND");
        if (cell.guarantee() == Guarantee.AT_MOST_ONCE && !RUN_AGAIN.contains(cell.setting())) {
            assertThat(result.runs()).as(what).isLessThanOrEqualTo(1);
        }
        List<String> certain = certain(result);
        assertThat(certain).as(what).hasSizeLessThanOrEqualTo(1);
    }

    /** The values that somebody was told for certain; all must be the same. */
    private static List<String> certain(FaultCellRun.Result result) {
        return List.of(result.first(), result.second(), result.third()).stream()
                .filter(told -> told.startsWith("RECORDED ") || told.startsWith("replayed "))
                .map(told -> told.substring(told.indexOf(' ') + 1))
                .distinct()
                .toList();
    }

    // ---- the table

    private static Map<String, String> read() {
        Map<String, String> table = new HashMap<>();
        String setting = "";
        for (String line : lines()) {
            if (line.startsWith("[")) {
                setting = line.substring(1, line.length() - 1);
            } else if (!line.isBlank() && !line.startsWith("#") && !line.startsWith("how ")) {
                add(
                        table,
                        setting,
                        Arrays.stream(line.split("\\|")).map(String::strip).toList());
            }
        }
        return table;
    }

    private static void add(Map<String, String> table, String setting, List<String> columns) {
        String result = String.join(" | ", columns.subList(4, columns.size()));
        for (String often : any(columns.get(1), "once", "always")) {
            for (String guarantee : any(columns.get(2), "AT_LEAST_ONCE", "AT_MOST_ONCE")) {
                String name = setting + " " + columns.get(0) + " " + often + ", " + guarantee + ", " + columns.get(3);
                if (table.put(name, result) != null) {
                    throw new IllegalStateException("twice in the table: " + name);
                }
            }
        }
    }

    private static List<String> any(String column, String... all) {
        return column.equals("any") ? List.of(all) : List.of(column);
    }

    private static List<String> lines() {
        try (InputStream in = Objects.requireNonNull(FaultTableTest.class.getResourceAsStream("fault-table.txt"))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
