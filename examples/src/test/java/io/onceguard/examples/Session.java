package io.onceguard.examples;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The curl session of the README: what is typed, and what is answered. */
record Session(List<Step> steps) {

    private static final Pattern WORD = Pattern.compile("'([^']*)'|(\\S+)");
    private static final String PROMPT = "$ ";
    private static final String BACKGROUND = " &";

    /**
     * A command.
     *
     * @param words what is typed; the first is curl
     * @param background whether nobody waits for it
     * @param answer what it prints, as {@link #comparable}
     */
    record Step(List<String> words, boolean background, String answer) {

        /** The values of an option, in order. */
        List<String> values(String option) {
            List<String> values = new ArrayList<>();
            for (int i = 0; i + 1 < words.size(); i++) {
                if (words.get(i).equals(option)) {
                    values.add(words.get(i + 1));
                }
            }
            return values;
        }

        String target() {
            return words.stream()
                    .filter(word -> word.startsWith("localhost:8080"))
                    .findFirst()
                    .orElseThrow();
        }
    }

    static Session of(String readme) {
        Matcher block = Pattern.compile("(?s)```console\n(.*?)```").matcher(readme);
        List<Step> steps = new ArrayList<>();
        if (block.find()) {
            for (String step : block.group(1).split("(?m)^(?=\\$ )", -1)) {
                if (step.startsWith(PROMPT)) {
                    steps.add(step(step.substring(PROMPT.length()).replace("\\\n", " ")));
                }
            }
        }
        return new Session(steps);
    }

    private static Step step(String text) {
        int end = text.indexOf('\n');
        String command = text.substring(0, end);
        boolean background = command.endsWith(BACKGROUND);
        List<String> words = new ArrayList<>();
        Matcher word = WORD.matcher(background ? command.substring(0, command.length() - 2) : command);
        while (word.find()) {
            words.add(word.group(1) != null ? word.group(1) : word.group(2));
        }
        return new Step(words, background, background ? "" : comparable(text.substring(end + 1)));
    }

    /**
     * What of a response is the same in every run and for every client: not the date, the id of the
     * request, the order of headers and the phrase beside the status.
     */
    static String comparable(String response) {
        String[] parts = response.strip().replace("\r\n", "\n").split("\n\n", 2);
        List<String> head = new ArrayList<>(parts[0].lines().toList());
        String status = head.remove(0);
        List<String> headers = head.stream()
                .map(line -> line.substring(0, line.indexOf(':')).toLowerCase(Locale.ROOT)
                        + line.substring(line.indexOf(':')))
                .filter(line -> !line.startsWith("date:"))
                .map(line -> line.replaceAll("req_[0-9a-f-]+", "req_"))
                .sorted()
                .toList();
        return status.split(" ", 3)[1] + "\n" + String.join("\n", headers) + "\n\n"
                + (parts.length > 1 ? parts[1].strip() : "");
    }
}
