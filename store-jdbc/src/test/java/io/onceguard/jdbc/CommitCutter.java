package io.onceguard.jdbc;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Stands between a client and a server, passes the messages of the protocol on, and cuts the connection around a commit.
 * The client has to send the text of each statement (PostgreSQL: {@code prepareThreshold=0}), and no TLS.
 */
final class CommitCutter implements AutoCloseable {

    /** Where a connection is cut. */
    enum Cut {
        /** The server never sees the commit. */
        BEFORE_COMMIT,
        /** The server is sent the commit, and nobody waits. */
        WITH_COMMIT,
        /** The server has committed; the client never learns. */
        BEFORE_REPLY
    }

    /** How the client speaks. */
    enum Protocol {
        POSTGRESQL {
            @Override
            byte[] startup(DataInputStream in) throws IOException {
                return message(in, new byte[0]);
            }

            @Override
            byte[] next(DataInputStream in) throws IOException {
                return message(in, new byte[] {in.readByte()});
            }

            private byte[] message(DataInputStream in, byte[] type) throws IOException {
                int length = in.readInt();
                return ByteBuffer.allocate(type.length + length)
                        .put(type)
                        .putInt(length)
                        .put(in.readNBytes(length - Integer.BYTES))
                        .array();
            }

            @Override
            boolean isCommit(byte[] message) {
                return message[0] == 'P' && new String(message, US_ASCII).contains("\0COMMIT\0");
            }

            @Override
            boolean endsCommit(byte[] message) {
                return message[0] == 'S';
            }
        },
        MARIADB {
            private static final byte QUERY = 3;

            @Override
            byte[] startup(DataInputStream in) {
                return new byte[0];
            }

            @Override
            byte[] next(DataInputStream in) throws IOException {
                byte[] head = new byte[4];
                in.readFully(head);
                int length = (head[0] & 0xFF) | (head[1] & 0xFF) << 8 | (head[2] & 0xFF) << 16;
                return ByteBuffer.allocate(head.length + length)
                        .put(head)
                        .put(in.readNBytes(length))
                        .array();
            }

            @Override
            boolean isCommit(byte[] message) {
                return message.length > 5
                        && message[4] == QUERY
                        && new String(message, 5, message.length - 5, US_ASCII).equalsIgnoreCase("COMMIT");
            }

            @Override
            boolean endsCommit(byte[] message) {
                return isCommit(message);
            }
        };

        /** What is sent before the first message, if it has another form. */
        abstract byte[] startup(DataInputStream in) throws IOException;

        /** The next message as it came. */
        abstract byte[] next(DataInputStream in) throws IOException;

        abstract boolean isCommit(byte[] message);

        /** Whether the server knows with this message that it is to commit. */
        abstract boolean endsCommit(byte[] message);
    }

    private final Protocol protocol;
    private final ServerSocket listener;
    private final int serverPort;
    private final Queue<Cut> cuts = new ConcurrentLinkedQueue<>();
    private final AtomicInteger refusals = new AtomicInteger();
    private final AtomicInteger done = new AtomicInteger();
    private volatile int refusalsAfterCut;

    CommitCutter(int serverPort, Protocol protocol) {
        this.protocol = protocol;
        this.serverPort = serverPort;
        try {
            listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
        daemon(this::listen);
    }

    int port() {
        return listener.getLocalPort();
    }

    /** The next commits are cut like this, and after each cut so many connections are refused. */
    void cutNext(Iterable<Cut> next, int refusals) {
        refusalsAfterCut = refusals;
        next.forEach(cuts::add);
    }

    /** From now on every commit and every connection is let through. */
    void heal() {
        cuts.clear();
        refusals.set(0);
    }

    /** How many commits were cut. */
    int done() {
        return done.get();
    }

    private static void daemon(Runnable body) {
        Thread thread = new Thread(body, "commit-cutter");
        thread.setDaemon(true);
        thread.start();
    }

    private void listen() {
        while (true) {
            try {
                Socket client = listener.accept();
                if (refusals.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
                    client.close();
                } else {
                    new Link(client, new Socket(InetAddress.getLoopbackAddress(), serverPort)).start();
                }
            } catch (IOException closed) {
                return;
            }
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
    }

    /** One connection. */
    private final class Link {
        private final Socket client;
        private final Socket server;
        private volatile boolean replyIsLost;

        Link(Socket client, Socket server) throws IOException {
            this.client = client;
            this.server = server;
            client.setTcpNoDelay(true);
            server.setTcpNoDelay(true);
        }

        void start() {
            daemon(() -> endingBoth(this::passRequests));
            daemon(() -> endingBoth(this::passReplies));
        }

        private interface Body {
            void run() throws IOException;
        }

        private void endingBoth(Body body) {
            try {
                body.run();
            } catch (IOException closed) {
                // by one of the two sides
            } finally {
                cut();
            }
        }

        private void cut() {
            try (Socket one = client;
                    Socket other = server) {
                replyIsLost = true;
            } catch (IOException harmless) {
                // it is closed
            }
        }

        private void passReplies() throws IOException {
            byte[] buffer = new byte[8192];
            for (int n = server.getInputStream().read(buffer);
                    n >= 0 && !replyIsLost;
                    n = server.getInputStream().read(buffer)) {
                client.getOutputStream().write(buffer, 0, n);
            }
        }

        private void passRequests() throws IOException {
            DataInputStream in = new DataInputStream(client.getInputStream());
            OutputStream out = server.getOutputStream();
            out.write(protocol.startup(in));
            Cut pending = null;
            while (true) {
                byte[] message = protocol.next(in);
                if (pending == null && protocol.isCommit(message)) {
                    pending = cuts.poll();
                    refuseAfter(pending);
                }
                if (pending == Cut.BEFORE_COMMIT) {
                    return;
                }
                replyIsLost = pending != null;
                out.write(message);
                if (pending == Cut.WITH_COMMIT && protocol.endsCommit(message)) {
                    return;
                }
            }
        }

        private void refuseAfter(Cut pending) {
            if (pending != null) {
                refusals.set(refusalsAfterCut);
                done.incrementAndGet();
            }
        }
    }
}
