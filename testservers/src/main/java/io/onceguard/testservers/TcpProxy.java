package io.onceguard.testservers;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Stands between a client and a server on this machine, and cuts connections where it is told. */
public final class TcpProxy implements AutoCloseable {

    /** What to do with a request that a client sends. */
    public enum Cut {
        /** Nothing: the request is forwarded, and the reply too. */
        NONE,
        /** The connection is cut, and the server never sees the request. */
        BEFORE,
        /** The server gets the request and answers, and the connection is cut instead of the answer. */
        AFTER
    }

    /** Decides about each request. */
    public interface Rule {
        /**
         * Decides.
         *
         * @param request what the client sent, each byte as a character
         */
        Cut cut(String request);

        /**
         * Decides whether the answer to a request that is to be cut after it is the one that is meant.
         *
         * @param reply what the server sent, each byte as a character
         */
        default boolean isMeant(String reply) {
            return true;
        }
    }

    private final ServerSocket listener;
    private final int target;
    private final Rule rule;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final Thread acceptor;

    /** Listens at a free port of the loopback interface, and forwards to another. */
    public TcpProxy(int target, Rule rule) {
        try {
            listener = new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
        this.target = target;
        this.rule = rule;
        acceptor = start(this::accept);
    }

    private static Thread start(Runnable body) {
        Thread thread = new Thread(body, "tcp-proxy");
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    /** The port that clients connect to. */
    public int port() {
        return listener.getLocalPort();
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Socket client = listener.accept();
                open.add(client);
                Socket server = new Socket(InetAddress.getLoopbackAddress(), target);
                open.add(server);
                Link link = new Link(client, server);
                start(link::requests);
                start(link::replies);
            } catch (IOException closed) {
                // the client sees a closed connection, or the listener is closed
            }
        }
    }

    private static String text(byte[] buffer, int length) {
        return new String(Arrays.copyOf(buffer, length), StandardCharsets.ISO_8859_1);
    }

    private final class Link {
        private final Socket client;
        private final Socket server;
        private volatile boolean cutting;

        Link(Socket client, Socket server) {
            this.client = client;
            this.server = server;
        }

        void requests() {
            byte[] buffer = new byte[1 << 16];
            try {
                InputStream in = client.getInputStream();
                OutputStream out = server.getOutputStream();
                for (int length = in.read(buffer); length >= 0; length = in.read(buffer)) {
                    Cut cut = rule.cut(text(buffer, length));
                    if (cut == Cut.BEFORE) {
                        break;
                    }
                    cutting |= cut == Cut.AFTER;
                    out.write(buffer, 0, length);
                }
            } catch (IOException gone) {
                // closed below
            }
            end();
        }

        void replies() {
            byte[] buffer = new byte[1 << 16];
            try {
                InputStream in = server.getInputStream();
                OutputStream out = client.getOutputStream();
                for (int length = in.read(buffer); length >= 0; length = in.read(buffer)) {
                    if (cutting && rule.isMeant(text(buffer, length))) {
                        break;
                    }
                    cutting = false;
                    out.write(buffer, 0, length);
                }
            } catch (IOException gone) {
                // closed below
            }
            end();
        }

        private void end() {
            closeAll(Set.of(client, server));
        }
    }

    private void closeAll(Set<Socket> sockets) {
        for (Socket socket : sockets) {
            open.remove(socket);
            try {
                socket.close();
            } catch (IOException gone) {
                // then it is closed
            }
        }
    }

    /** Closes all connections that are open, and goes on accepting new ones. */
    public void cutAll() {
        closeAll(Set.copyOf(open));
    }

    /** Closes all connections and accepts no more. */
    @Override
    public void close() {
        try {
            listener.close();
            // a thread inside accept() keeps the port open until it has woken up
            acceptor.join();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        } catch (InterruptedException failure) {
            throw new AssertionError(failure);
        }
        closeAll(Set.copyOf(open));
    }
}
