package io.onceguard.jdbc;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Locale;

/** What is peculiar to H2: where the database lives, and whether a commit is on its way to the disk when it returns. */
final class H2Database {

    private static final String EMBEDDED_FILE = "jdbc:h2:(?!mem:|tcp:|ssl:).*";
    private static final String DURABLE = ";WRITE_DELAY=0";

    private H2Database() {}

    /** The URL with {@code WRITE_DELAY=0}, if it opens an H2 file in this process and does not say otherwise. */
    static String durableUrl(String url) {
        boolean says = url.toUpperCase(Locale.ROOT).contains(";WRITE_DELAY=");
        return url.matches(EMBEDDED_FILE) && !says ? url + DURABLE : url;
    }

    /**
     * Refuses a file that loses acknowledged commits when its process is killed, and says how another is used.
     *
     * <p>{@code DATABASE_PATH()} is null for a database in memory. The setting is that of the open database, whatever
     * the URL of this connection says.
     */
    static Access checked(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row =
                        statement.executeQuery("SELECT DATABASE_PATH(), SETTING_VALUE FROM INFORMATION_SCHEMA.SETTINGS"
                                + " WHERE SETTING_NAME = 'WRITE_DELAY'")) {
            boolean inMemory = !row.next() || row.getString(1) == null;
            if (inMemory) {
                return Access.FREE;
            }
            String delay = row.getString(2);
            if (!"0".equals(delay)) {
                throw new IllegalArgumentException(
                        "an H2 file is opened with " + DURABLE + " in its URL, was ;WRITE_DELAY=" + delay
                                + ": the last commits would be lost when the process is killed");
            }
        }
        String url = connection.getMetaData().getURL();
        return url.matches(EMBEDDED_FILE) ? new H2FileAccess() : Access.FREE;
    }
}
