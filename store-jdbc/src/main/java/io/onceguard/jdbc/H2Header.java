package io.onceguard.jdbc;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import org.h2.engine.Database;
import org.h2.mvstore.DataUtils;
import org.h2.mvstore.FileStore;
import org.h2.mvstore.MVStore;
import org.jspecify.annotations.Nullable;

/**
 * The header of an open H2 file, which leads to the last commit when the file is opened again.
 *
 * <p>H2 finds the last commit by the header, and from there by what each commit expects of the next one's place; or at
 * the end of the file. Since 2.2 it writes the header before it notes the new commit, so that the header leads to the one
 * before. Where a commit is not where it was expected, which happens as soon as H2 uses space again (by default when a
 * file has been in use for 45 seconds), nothing leads to it until others have come: a process that is killed then has lost
 * commits that had returned. So the header is written once more behind such a commit. Where that cannot be done, no space
 * is used again: the file then grows for as long as it is open.
 *
 * <p>For whoever has the {@linkplain H2Turn turn}.
 */
final class H2Header {

    private static final System.Logger LOGGER = System.getLogger(H2Header.class.getName());

    private final MVStore store;
    private final @Nullable FileStore<?> file;
    private @Nullable Method write;

    H2Header(Database database) {
        store = database.getStore().getMvStore();
        file = store.getFileStore();
        write = file == null ? null : writeOf(file);
        if (file != null && write == null) {
            file.setReuseSpace(false);
        }
    }

    private static @Nullable Method writeOf(FileStore<?> file) {
        for (Class<?> type = file.getClass(); type != null; type = type.getSuperclass()) {
            try {
                Method method = type.getDeclaredMethod("writeStoreHeader");
                method.setAccessible(true);
                return method;
            } catch (NoSuchMethodException further) {
                // perhaps the superclass has it
            } catch (RuntimeException closed) {
                LOGGER.log(System.Logger.Level.DEBUG, "H2 does not let its header be written", closed);
                return null;
            }
        }
        return null;
    }

    /** Lets the header lead to the last commit, unless H2 has a thread that commits at other times. */
    void follow() {
        FileStore<?> known = file;
        Method writing = write;
        if (known == null || writing == null || store.isClosed() || store.getAutoCommitDelay() > 0) {
            return;
        }
        if (leadsToTheLast(known)) {
            return;
        }
        try {
            writing.invoke(known);
        } catch (IllegalAccessException | InvocationTargetException failure) {
            write = null;
            known.setReuseSpace(false);
            LOGGER.log(System.Logger.Level.WARNING, "the header of an H2 file could not be written", failure);
        }
    }

    private static boolean leadsToTheLast(FileStore<?> open) {
        return DataUtils.readHexLong(open.getStoreHeader(), "version", 0) == open.lastChunkVersion();
    }
}
