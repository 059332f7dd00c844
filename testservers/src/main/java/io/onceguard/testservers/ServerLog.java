package io.onceguard.testservers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.logging.FileHandler;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import java.util.stream.Stream;

/** What a server that runs in this JVM logs: into a file of its folder instead of onto the console of the tests. */
final class ServerLog implements AutoCloseable {

    private static final int MOST_SHOWN = 20_000;

    private final Path file;
    private final FileHandler handler;
    private final List<Logger> loggers; // held, or their settings would go with them

    ServerLog(Path folder, String... names) {
        file = folder.resolve("server.log");
        try {
            handler = new FileHandler(file.toString());
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
        handler.setFormatter(new SimpleFormatter());
        loggers = Stream.of(names).map(Logger::getLogger).toList();
        for (Logger logger : loggers) {
            logger.setLevel(Level.INFO);
            logger.setUseParentHandlers(false);
            logger.addHandler(handler);
        }
    }

    /** The error for a server that does not start. */
    AssertionError doesNotStart(String server, Throwable failure) {
        handler.flush();
        String text;
        try {
            text = Files.readString(file);
        } catch (IOException unreadable) {
            text = unreadable.toString();
        }
        return new AssertionError(
                server + " does not start; the end of its log:\n"
                        + text.substring(Math.max(0, text.length() - MOST_SHOWN)),
                failure);
    }

    /** Writes no more. What a stopped server still says is not shown either. */
    @Override
    public void close() {
        loggers.forEach(logger -> logger.removeHandler(handler));
        handler.close();
    }
}
