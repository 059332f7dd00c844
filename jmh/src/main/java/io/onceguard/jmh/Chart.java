package io.onceguard.jmh;

import java.util.List;
import java.util.Locale;

/** Draws the ratios as an SVG: a dot for each workload and store, its confidence interval, and the limit as a line. */
final class Chart {

    private static final int LABELS = 330;
    private static final int SCALE = 520;
    private static final int MARGIN = 40;
    private static final int ROW = 20;
    private static final int TOP = 60;

    /** The scale is logarithmic; what lies outside is drawn at its edge, with an arrow. */
    private static final double LEAST = 0.1;

    private static final double MOST = 10;
    private static final double[] TICKS = {0.1, 0.2, 0.5, 1, 2, 5, 10};

    private final StringBuilder svg = new StringBuilder();

    private Chart() {}

    static String of(List<Measurement> measurements) {
        // Where the limit does nothing, a ratio says nothing.
        List<Measurement> drawn = measurements.stream()
                .filter(each -> !each.store().startsWith("nothing"))
                .toList();
        Chart chart = new Chart();
        chart.begin(drawn.size());
        for (int i = 0; i < drawn.size(); i++) {
            chart.row(drawn.get(i), TOP + i * ROW);
        }
        return chart.svg.append("</svg>\n").toString();
    }

    private void begin(int rows) {
        int width = LABELS + SCALE + MARGIN;
        int bottom = TOP + rows * ROW;
        add(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\""
                        + " font-family=\"sans-serif\" font-size=\"12\" role=\"img\">",
                width, bottom + 20, width, bottom + 20);
        add("<title>Time per call as a ratio to the raw limit</title>");
        add("<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>");
        add(
                "<text x=\"12\" y=\"20\" font-size=\"14\">Time per call / time of the raw limit (1 = the limit, less is better,"
                        + " bars: 95 %% confidence)</text>");
        for (double tick : TICKS) {
            add(
                    "<line x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\" stroke=\"%s\"/>",
                    x(tick), TOP - 14, x(tick), bottom, tick == 1 ? "#c0392b" : "#dddddd");
            add(
                    "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\" fill=\"#555555\">%s</text>",
                    x(tick), TOP - 20, tick < 1 ? "" + tick : "" + (int) tick);
        }
    }

    private void row(Measurement each, int y) {
        add("<text x=\"12\" y=\"%d\">%s</text>", y + 4, each.workload() + " · " + each.store());
        if (!Double.isNaN(each.error())) {
            add(
                    "<line x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\" stroke=\"#2c5f8a\" stroke-width=\"3\"/>",
                    x(each.ratio() - each.error()), y, x(each.ratio() + each.error()), y);
        }
        add("<circle cx=\"%.1f\" cy=\"%d\" r=\"4\" fill=\"#2c5f8a\"/>", x(each.ratio()), y);
        Aim aim = Aim.of(each);
        if (aim != null && aim.ratio() > 0) {
            add(
                    "<line x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\" stroke=\"#2e8b57\" stroke-width=\"2\"/>",
                    x(aim.ratio()), y - 7, x(aim.ratio()), y + 7);
        }
        add("<text x=\"%d\" y=\"%d\" fill=\"#555555\">%.2f</text>", LABELS + SCALE + 6, y + 4, each.ratio());
    }

    private static double x(double ratio) {
        double within = Math.min(MOST, Math.max(LEAST, ratio));
        return LABELS + SCALE * Math.log(within / LEAST) / Math.log(MOST / LEAST);
    }

    private void add(String format, Object... arguments) {
        svg.append(String.format(Locale.ROOT, format, arguments)).append('\n');
    }
}
