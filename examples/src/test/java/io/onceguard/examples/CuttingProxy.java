package io.onceguard.examples;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/** Passes bytes on, and cuts connections at random: before the request is through, or before its response is. */
final class CuttingProxy implements AutoCloseable {

    final AtomicInteger cutRequests = new AtomicInteger();
    final AtomicInteger cutResponses = new AtomicInteger();

    private final ServerSocket door;
    private final int serverPort;
    private final Random random;
    private final ExecutorService threads = Executors.newCachedThreadPool();

    CuttingProxy(int serverPort, long seed) throws IOException {
        this.serverPort = serverPort;
        this.random = new Random(seed);
        this.door = new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
        threads.execute(this::accept);
    }

    int port() {
        return door.getLocalPort();
    }

    private void accept() {
        try {
            while (true) {
                Socket client = door.accept();
                int fate = random.nextInt(10);
                int bytes = random.nextInt(300);
                threads.execute(() -> pass(client, fate < 2 ? bytes : -1, fate == 2 || fate == 3 ? bytes / 2 : -1));
            }
        } catch (IOException closed) {
            threads.shutdown();
        }
    }

    /** Passes one connection on; each way is cut after so many bytes, or never if negative. */
    private void pass(Socket client, int cutRequest, int cutResponse) {
        try (client;
                Socket server = new Socket(InetAddress.getLoopbackAddress(), serverPort)) {
            threads.execute(() -> {
                if (copy(client, server, cutRequest)) {
                    cutRequests.incrementAndGet();
                }
            });
            if (copy(server, client, cutResponse)) {
                cutResponses.incrementAndGet();
            }
        } catch (IOException gone) {
            // the client sees that its connection is gone
        }
    }

    /** Returns whether it was cut on purpose. */
    private static boolean copy(Socket from, Socket to, int cut) {
        int left = cut;
        try (from;
                to;
                InputStream in = from.getInputStream();
                OutputStream out = to.getOutputStream()) {
            byte[] buffer = new byte[4096];
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                if (cut >= 0 && n >= left) {
                    out.write(buffer, 0, left);
                    return true;
                }
                out.write(buffer, 0, n);
                left -= n;
            }
        } catch (IOException gone) {
            // cut by the other direction, or by an end
        }
        return false;
    }

    @Override
    public void close() throws IOException {
        door.close();
        threads.shutdownNow();
    }
}
