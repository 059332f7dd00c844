package io.onceguard.examples;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.onceguard.examples.PaymentProcess.Step;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A {@link PaymentProcess} as the one who starts it sees it. Used by one thread. */
final class DoomedProcess implements AutoCloseable {

    private final Process process;
    private final BufferedReader output;
    private final Set<Integer> inFlight = new HashSet<>();
    private final Map<Integer, Answer.Kind> answers = new HashMap<>();
    private int charging;

    private DoomedProcess(Process process) {
        this.process = process;
        this.output = new BufferedReader(new InputStreamReader(process.getInputStream(), US_ASCII));
    }

    static DoomedProcess start(Path folder, Guarantee guarantee, String tenant) throws IOException {
        return new DoomedProcess(new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("java.class.path"),
                        PaymentProcess.class.getName(),
                        folder.toString(),
                        guarantee.name(),
                        tenant)
                .redirectError(Redirect.INHERIT)
                .start());
    }

    /**
     * Kills the process with SIGKILL as soon as it has begun to charge so many payments, and waits until it is gone.
     *
     * @return the payments that it was asked for and had not answered
     * @throws IllegalStateException if it ended before
     */
    Set<Integer> killWhileCharging(int payments) throws IOException, InterruptedException {
        while (charging < payments) {
            if (!readLine()) {
                throw new IllegalStateException(
                        "a process ended with status " + process.waitFor() + " before it was killed");
            }
        }
        process.toHandle().destroyForcibly(); // the process's own method would close what it has said
        while (readLine()) {
            // what it said before it was killed
        }
        process.waitFor();
        return inFlight;
    }

    /**
     * Lets the process finish.
     *
     * @return what it answered about each payment
     * @throws IllegalStateException if it failed
     */
    Map<Integer, Answer.Kind> finish() throws IOException, InterruptedException {
        process.getOutputStream().close();
        while (readLine()) {
            // until it has taken all payments
        }
        int status = process.waitFor();
        if (status != 0) {
            throw new IllegalStateException("a process that was not killed ended with status " + status);
        }
        return answers;
    }

    private boolean readLine() throws IOException {
        @Nullable String line = output.readLine();
        if (line == null) {
            return false;
        }
        String[] words = line.split(" ", -1);
        int payment = Integer.parseInt(words[1]);
        switch (Step.valueOf(words[0])) {
            case ASKED -> inFlight.add(payment);
            case CHARGING -> charging++;
            case ANSWERED -> {
                inFlight.remove(payment);
                answers.put(payment, Answer.Kind.valueOf(words[2]));
            }
        }
        return true;
    }

    /** Ends the process if it still lives. */
    @Override
    public void close() {
        process.destroyForcibly();
    }
}
