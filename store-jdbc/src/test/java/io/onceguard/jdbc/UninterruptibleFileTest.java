package io.onceguard.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A channel like any other, except for interrupts. */
class UninterruptibleFileTest {

    @TempDir
    private Path folder;

    private Path path;
    private FileChannel locked;
    private UninterruptibleFile file;

    @BeforeEach
    void open() throws Exception {
        path = Files.write(folder.resolve("file"), new byte[] {0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
        locked = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
        file = new UninterruptibleFile(new RandomAccessFile(path.toFile(), "rw"), locked);
    }

    @AfterEach
    void close() throws Exception {
        file.close();
    }

    @Test
    void readsIntoWhatIsLeftOfABuffer() throws Exception {
        for (ByteBuffer buffer :
                new ByteBuffer[] {ByteBuffer.allocate(8).position(2).slice().limit(4), ByteBuffer.allocateDirect(4)}) {
            buffer.position(1);
            assertThat(file.read(buffer, 5)).isEqualTo(3);
            assertThat(buffer.hasRemaining()).isFalse();
            assertThat(new byte[] {buffer.get(1), buffer.get(2), buffer.get(3)}).containsExactly(5, 6, 7);

            buffer.clear();
            assertThat(file.read(buffer, 8)).isEqualTo(2);
            assertThat(buffer.position()).isEqualTo(2);
            assertThat(file.read(buffer, 10)).isEqualTo(-1);
            assertThat(buffer.position()).isEqualTo(2);
        }
    }

    @Test
    void writesWhatIsLeftOfABuffer() throws Exception {
        ByteBuffer heap =
                ByteBuffer.wrap(new byte[] {90, 91, 92, 93}).position(1).slice();
        ByteBuffer direct = ByteBuffer.allocateDirect(2).put(0, (byte) 80).put(1, (byte) 81);

        assertThat(file.write(heap, 4)).isEqualTo(3);
        assertThat(file.write(direct, 9)).isEqualTo(2);

        assertThat(heap.hasRemaining() || direct.hasRemaining()).isFalse();
        assertThat(file.size()).isEqualTo(11);
        assertThat(path).hasBinaryContent(new byte[] {0, 1, 2, 3, 91, 92, 93, 7, 8, 80, 81});
    }

    @Test
    void truncatesAndNeverGrows() throws Exception {
        file.truncate(20);
        assertThat(file.size()).isEqualTo(10);
        file.truncate(3);
        assertThat(path).hasSize(3);
    }

    @Test
    void anInterruptedThreadReadsAndWrites() throws Exception {
        Thread.currentThread().interrupt();
        file.write(ByteBuffer.wrap(new byte[] {42}), 0);
        file.read(ByteBuffer.allocate(1), 0);
        file.truncate(5);
        file.force(true);

        assertThat(file.size()).isEqualTo(5);
        assertThat(Thread.interrupted()).isTrue();
        assertThat(file.isOpen() && locked.isOpen()).isTrue();
        assertThat(path).hasBinaryContent(new byte[] {42, 1, 2, 3, 4});
    }

    @Test
    void theOtherChannelIsClosedWithIt() throws Exception {
        file.close();
        assertThat(locked.isOpen()).isFalse();
    }
}
