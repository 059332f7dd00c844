package io.onceguard.jdbc;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Stands between a client and PostgreSQL, passes the messages of the protocol on, and cuts the connection around a
 * commit. The client has to send the text of each statement ({@code prepareThreshold=0}).
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

    private static final byte PARSE = 'P';
    private static final byte SYNC = 'S';

    private final ServerSocket listener;
    private final int serverPort;
    private final Queue<Cut> cuts = new ConcurrentLinkedQueue<>();
    private final AtomicInteger refusals = new AtomicInteger();
    private final AtomicInteger done = new AtomicInteger();
    private volatile int refusalsAfterCut;

    CommitCutter(int serverPort) {
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
            DataOutputStream out = new DataOutputStream(server.getOutputStream());
            byte[] startup = body(in, in.readInt());
            out.writeInt(startup.length + Integer.BYTES);
            out.write(startup);
            Cut pending = null;
            while (true) {
                byte type = in.readByte();
                byte[] body = body(in, in.readInt());
                if (pending == null && type == PARSE && new String(body, US_ASCII).contains("\0COMMIT\0")) {
                    pending = cuts.poll();
                    refuseAfter(pending);
                }
                if (pending == Cut.BEFORE_COMMIT) {
                    return;
                }
                replyIsLost = pending != null;
                out.writeByte(type);
                out.writeInt(body.length + Integer.BYTES);
                out.write(body);
                if (pending == Cut.WITH_COMMIT && type == SYNC) {
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

        private static byte[] body(DataInputStream in, int length) throws IOException {
            byte[] body = new byte[length - Integer.BYTES];
            in.readFully(body);
            return body;
        }
    }
}
