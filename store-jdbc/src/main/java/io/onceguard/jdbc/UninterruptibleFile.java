package io.onceguard.jdbc;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import org.h2.store.fs.FileBaseDefault;

/**
 * Reads and writes a file that another channel has locked, so that an interrupt of a thread in the middle does no harm.
 *
 * <p>A {@link FileChannel} is closed when a thread that uses it is interrupted; a {@link RandomAccessFile} knows nothing
 * of interrupts. The other channel is kept for its lock: it is closed with this one, and not used before.
 *
 * <p>Safe for use by many threads, of which one at a time is in the file, as in H2's other channels of this kind.
 */
final class UninterruptibleFile extends FileBaseDefault {

    private final RandomAccessFile file;
    private final FileChannel locked;

    UninterruptibleFile(RandomAccessFile file, FileChannel locked) {
        this.file = file;
        this.locked = locked;
    }

    @Override
    public synchronized int read(ByteBuffer target, long position) throws IOException {
        file.seek(position);
        if (!target.hasArray()) {
            byte[] bytes = new byte[target.remaining()];
            int read = file.read(bytes);
            target.put(bytes, 0, Math.max(0, read));
            return read;
        }
        int read = file.read(target.array(), target.arrayOffset() + target.position(), target.remaining());
        target.position(target.position() + Math.max(0, read));
        return read;
    }

    @Override
    public synchronized int write(ByteBuffer source, long position) throws IOException {
        int length = source.remaining();
        file.seek(position);
        if (source.hasArray()) {
            file.write(source.array(), source.arrayOffset() + source.position(), length);
            source.position(source.limit());
        } else {
            byte[] bytes = new byte[length];
            source.get(bytes);
            file.write(bytes);
        }
        return length;
    }

    @Override
    public synchronized long size() throws IOException {
        return file.length();
    }

    /** As of any channel: a file that is shorter stays as it is. */
    @Override
    protected synchronized void implTruncate(long size) throws IOException {
        if (size < file.length()) {
            file.setLength(size);
        }
    }

    @Override
    public synchronized void force(boolean metaData) throws IOException {
        file.getFD().sync();
    }

    /** Some systems give up all locks of a file with the first of its descriptors: both are closed at once. */
    @Override
    protected synchronized void implCloseChannel() throws IOException {
        try {
            file.close();
        } finally {
            locked.close();
        }
    }

    @Override
    public String toString() {
        return locked.toString();
    }
}
