package io.onceguard.jmh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportTest {

    private static final String JSON = """
            [{"benchmark": "io.onceguard.jmh.ReplayBenchmark.interleaved", "params": {"store": "redis"},
              "secondaryMetrics": {
                "limitCalls": {"rawData": [[10.0, 10.0], [10.0, 10.0]]},
                "limitNanos": {"rawData": [[1000.0, 1000.0], [1000.0, 2000.0]]},
                "limitBytes": {"rawData": [[100.0, 100.0], [100.0, 100.0]]},
                "calls": {"rawData": [[5.0, 5.0], [5.0, 5.0]]},
                "nanos": {"rawData": [[600.0, 500.0], [550.0, 1100.0]]},
                "bytes": {"rawData": [[500.0, 500.0], [500.0, 500.0]]}}},
             {"benchmark": "io.onceguard.jmh.StormBenchmark.waiting", "params": {"store": "redis", "nodes": "2"},
              "secondaryMetrics": {
                "limitCalls": {"rawData": [[1.0, 1.0]]}, "limitNanos": {"rawData": [[1000.0, 1000.0]]},
                "limitBytes": {"rawData": [[0.0, 0.0]]}, "calls": {"rawData": [[1.0, 1.0]]},
                "nanos": {"rawData": [[2000.0, 2000.0]]}, "bytes": {"rawData": [[0.0, 0.0]]}}},
             {"benchmark": "io.onceguard.jmh.ReplayBenchmark.library", "params": {"store": "redis"},
              "secondaryMetrics": {}}]
            """;

    @TempDir
    Path folder;

    private List<Measurement> measurements() throws Exception {
        return Results.read(Files.writeString(folder.resolve("results.json"), JSON));
    }

    @Test
    void aMeasurementIsTheMeanOfItsIterations() throws Exception {
        Measurement replay = measurements().get(0);
        assertThat(replay.workload()).isEqualTo("REPLAY");
        assertThat(replay.store()).isEqualTo("redis");
        assertThat(replay.limitNanos()).isEqualTo(125);
        assertThat(replay.nanos()).isEqualTo(137.5);
        assertThat(replay.ratio()).isEqualTo(1.1, within(1e-9));
        // Student's t for 3 degrees of freedom is 3.182, the deviation of (1.2, 1.0, 1.1, 1.1) is 0.0816
        assertThat(replay.error()).isEqualTo(3.182 * 0.0816 / 2, within(1e-3));
        assertThat(replay.limitBytes()).isEqualTo(10);
        assertThat(replay.bytes()).isEqualTo(100);
    }

    @Test
    void onlyWhatComparesTwoSidesIsReported() throws Exception {
        assertThat(measurements())
                .extracting(Measurement::workload)
                .containsExactly("REPLAY", "STORM, waiting, two nodes");
        assertThat(measurements().get(1).bytes()).isNull();
    }

    @Test
    void theTableSaysWhatWasMissed() throws Exception {
        String[] rows = Report.table(measurements()).split("\n");
        assertThat(rows).hasSize(3);
        assertThat(rows[1]).contains("REPLAY", "redis", "125 ns", "138 ns", "1.10 ± 0.13", "10 B", "100 B");
        assertThat(rows[1]).doesNotContain("MISSED");
        assertThat(rows[2]).contains("STORM, waiting, two nodes", "2.00 ± NaN", "1.90  MISSED");
    }

    @Test
    void anAimCountsTimeOrDifferenceAndBytes() {
        Aim either = new Aim(1.5, 1_000, 0);
        assertThat(either.isReachedBy(new Measurement("", "", 100, 1_050, 10.5, 0, null, null)))
                .isTrue();
        assertThat(either.isReachedBy(new Measurement("", "", 10_000, 14_000, 1.4, 0, null, null)))
                .isTrue();
        assertThat(either.isReachedBy(new Measurement("", "", 1_000, 2_100, 2.1, 0, null, null)))
                .isFalse();
        Aim lean = new Aim(0, 500, 700);
        assertThat(lean.isReachedBy(new Measurement("", "", 10, 400, 40, 0, 30.0, 730.0)))
                .isTrue();
        assertThat(lean.isReachedBy(new Measurement("", "", 10, 400, 40, 0, 30.0, 731.0)))
                .isFalse();
        assertThat(lean.isReachedBy(new Measurement("", "", 10, 600, 60, 0, 30.0, 100.0)))
                .isFalse();
    }

    @Test
    void theChartIsAnSvgWithARowForEach() throws Exception {
        Path json = Files.writeString(folder.resolve("results.json"), JSON);
        Path svg = folder.resolve("chart.svg");
        Report.write(json, svg);
        var document = DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(svg.toFile());
        assertThat(document.getDocumentElement().getTagName()).isEqualTo("svg");
        assertThat(document.getElementsByTagName("circle").getLength()).isEqualTo(2);
        assertThat(Files.readString(svg)).contains("REPLAY · redis", ">1.10<", ">2.00<");
    }
}
