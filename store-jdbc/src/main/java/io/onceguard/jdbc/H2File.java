package io.onceguard.jdbc;

import static java.util.Objects.requireNonNull;

import javax.sql.DataSource;

/**
 * Keeps the transactions of an embedded H2 file whole when the process is killed, and the file open when a thread is
 * interrupted.
 *
 * <p>H2 (2.3 to 2.5, with {@code WRITE_DELAY=0} too) writes its file while other threads go on changing the tables. Of a
 * transaction whose commit had not returned when the process was killed, one table may have been written as it was
 * before the commit and another as it was behind it: when the file is opened again, half of the transaction is there,
 * or a key is taken for locked for ever. A commit that returned is never torn. The remedy: statements, commits and
 * rollbacks of one file take turns, so that nothing moves while H2 writes.
 *
 * <p>H2 (from 2.2) also loses commits that had returned, once it uses the space of the file again (from 45 seconds after
 * the file was made, if {@code RETENTION_TIME} says nothing else): the header of the file leads to the commit before. The
 * remedy: whoever has had a turn writes the header once more; where that is impossible, no space is used again.
 *
 * <p>A store does so by itself: with its own statements, and with the connections that {@link
 * JdbcIdempotencyStore#transactions} hands to the work. Whatever else writes the same file must take its connections
 * from {@link #takingTurns}, those for {@link JdbcIdempotencyStore#boundTo} too; or the store gets a file of its own.
 * H2's server writes its files in the same way, and cannot be helped by its clients; {@code REUSE_SPACE=FALSE} in the
 * URL keeps its commits.
 *
 * <p>H2 uses its file through a channel that an interrupt closes, and with it the database for everybody. A store, and
 * the view of a pool, therefore give an open file a channel that survives, for all who use it in this process. Where
 * that cannot be done (an encrypted file; a system whose locks keep out a second descriptor, such as Windows; a file
 * system of H2's other than the plain one), the store's own calls run on threads that nobody interrupts. Others must then
 * not be interrupted, or open the file with {@code jdbc:h2:async:}.
 */
public final class H2File {

    private H2File() {}

    /**
     * Returns a view of a pool whose connections take turns with all others of the same file in this process that do so.
     *
     * <p>A turn lasts for one statement, commit or rollback; transactions go on beside each other. A statement that meets
     * a locked row gives its turn back and is tried again when another transaction has ended, until the session's lock
     * timeout is over; two transactions that wait for each other find out by that timeout. A batch that meets a locked
     * row fails at once. Rows that are changed through an updatable {@code ResultSet} take no turn.
     *
     * <p>Connections to anything but an embedded H2 file are handed out as they are. Safe for use by many threads.
     *
     * @param dataSource the pool, which stays the caller's
     * @return the view
     */
    public static DataSource takingTurns(DataSource dataSource) {
        return TurnTaking.dataSource(requireNonNull(dataSource, "dataSource"));
    }
}
