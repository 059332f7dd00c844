package io.onceguard.jdbc;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.reflect.Field;
import java.nio.ByteBuffer;
import java.nio.channels.Channel;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.h2.engine.Database;
import org.h2.mvstore.FileStore;
import org.h2.store.fs.FilePath;
import org.jspecify.annotations.Nullable;

/**
 * Gives an open H2 file a channel that survives the interrupts of those who use it.
 *
 * <p>H2 has no setting for that: its file systems that do ({@code async:}, {@code retry:}) are other databases by name
 * than the plain file, for everybody who opens it. Therefore the channel is exchanged within H2. This is done only
 * where everything is as expected: one plain channel of the JDK, not encrypted, over the file of that name. Otherwise
 * the file stays as it is, and the store uses it from threads that nobody interrupts.
 */
final class H2Channel {

    private static final System.Logger LOGGER = System.getLogger(H2Channel.class.getName());

    /** When the file was created, in its first block. */
    private static final Pattern CREATED = Pattern.compile("^H:2,.*?\\bcreated:(\\p{XDigit}+)");

    private static final int BLOCK = 4_096;

    private H2Channel() {}

    /** Returns the channel that survives interrupts, or a closed one. To be called where nobody interrupts. */
    static Channel uninterruptible(Database database) {
        try {
            FileStore<?> store = database.getStore().getMvStore().getFileStore();
            Field field = store == null || store.isReadOnly() ? null : channelField(store);
            return field == null ? new None() : surviving(field, store);
        } catch (IOException | ReflectiveOperationException | RuntimeException | LinkageError unexpected) {
            LOGGER.log(System.Logger.Level.DEBUG, "the H2 file keeps its channel", unexpected);
            return new None();
        }
    }

    /** There is no such channel. */
    private record None() implements Channel {
        @Override
        public boolean isOpen() {
            return false;
        }

        @Override
        public void close() {}
    }

    /** The field with the only channel; null if there are several, as with an encrypted file, or none. */
    private static @Nullable Field channelField(FileStore<?> store) throws ReflectiveOperationException {
        List<Field> fields = new ArrayList<>();
        for (Class<?> type = store.getClass(); type != null; type = type.getSuperclass()) {
            for (Field field : type.getDeclaredFields()) {
                if (field.getType() == FileChannel.class) {
                    field.setAccessible(true);
                    if (field.get(store) != null) {
                        fields.add(field);
                    }
                }
            }
        }
        return fields.size() == 1 ? fields.get(0) : null;
    }

    private static Channel surviving(Field field, FileStore<?> store) throws IOException, ReflectiveOperationException {
        FileChannel plain = (FileChannel) field.get(store);
        if (store.getFileName().startsWith("async:")) {
            return plain;
        }
        Path path = Path.of(FilePath.get(store.getFileName()).toRealPath().toString());
        boolean ofTheJdk = plain.getClass().getModule() == Object.class.getModule();
        if (!ofTheJdk || !Files.isRegularFile(path)) {
            return new None();
        }
        RandomAccessFile opened = new RandomAccessFile(path.toFile(), "rw");
        try {
            UninterruptibleFile file = new UninterruptibleFile(opened, plain);
            requireSame(file, plain);
            field.set(store, file);
            return file;
        } catch (IOException | ReflectiveOperationException | RuntimeException unfit) {
            opened.close(); // it is another file, or a system whose locks do not depend on this
            throw unfit;
        }
    }

    private static void requireSame(FileChannel file, FileChannel plain) throws IOException {
        if (!created(file).equals(created(plain))) {
            throw new IOException("the file under the name of the database is another");
        }
    }

    private static String created(FileChannel channel) throws IOException {
        ByteBuffer block = ByteBuffer.allocate(BLOCK);
        channel.read(block, 0);
        Matcher created = CREATED.matcher(new String(block.array(), StandardCharsets.ISO_8859_1));
        if (!created.find()) {
            throw new IOException("not the file of an H2 database");
        }
        return created.group(1);
    }
}
