package io.onceguard.testservers;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;
import org.apache.kafka.server.common.Feature;
import org.apache.kafka.server.common.MetadataVersion;

/**
 * A real Kafka of one node in this JVM, broker and KRaft controller in one, on free loopback ports, its data in a
 * temporary folder. A server that cannot start fails the test with its log.
 */
public final class KafkaServer implements AutoCloseable {

    /** The bootstrap servers (host:port,...) of an existing cluster for the tests that share one. */
    public static final String BOOTSTRAP_VARIABLE = "ONCEGUARD_KAFKA_BOOTSTRAP";

    /** The shortest session timeout of a consumer that the servers of this class allow; other servers: 6 s. */
    public static final Duration SHORTEST_SESSION = Duration.ofSeconds(1);

    private static final int NODE = 1;
    private static final int PATIENCE_SECONDS = 30;

    private final Path folder;
    private final ServerLog log;
    private final String bootstrap;
    private final KafkaRaftServer server;

    private KafkaServer(Path folder) {
        this.folder = folder;
        this.log = new ServerLog(folder, "org.apache.kafka", "kafka", "state.change.logger");
        try {
            bootstrap = "127.0.0.1:" + freePort();
            KafkaConfig config = new KafkaConfig(settings(), false);
            format();
            server = new KafkaRaftServer(config, Time.SYSTEM);
            server.startup();
        } catch (Exception failure) {
            throw log.doesNotStart("Kafka", failure);
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private Map<String, String> settings() throws IOException {
        String controller = "127.0.0.1:" + freePort();
        return Map.ofEntries(
                Map.entry("process.roles", "broker,controller"),
                Map.entry("node.id", "" + NODE),
                Map.entry("listeners", "PLAINTEXT://" + bootstrap + ",CONTROLLER://" + controller),
                Map.entry("listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT"),
                Map.entry("controller.listener.names", "CONTROLLER"),
                Map.entry("controller.quorum.voters", NODE + "@" + controller),
                Map.entry("log.dirs", data()),
                Map.entry("auto.create.topics.enable", "false"),
                Map.entry("offsets.topic.replication.factor", "1"),
                Map.entry("offsets.topic.num.partitions", "1"),
                Map.entry("transaction.state.log.replication.factor", "1"),
                Map.entry("transaction.state.log.min.isr", "1"),
                Map.entry("transaction.state.log.num.partitions", "1"),
                Map.entry("group.initial.rebalance.delay.ms", "0"),
                Map.entry("group.min.session.timeout.ms", "" + SHORTEST_SESSION.toMillis()),
                // the defaults are for machines that do nothing else
                Map.entry("log.cleaner.dedupe.buffer.size", "" + (4 << 20)),
                Map.entry("num.network.threads", "2"),
                Map.entry("num.io.threads", "4"));
    }

    private String data() {
        return folder.resolve("data").toString();
    }

    private void format() throws Exception {
        new Formatter()
                .setClusterId(Uuid.randomUuid().toString())
                .setNodeId(NODE)
                .addDirectory(data())
                .setMetadataLogDirectory(data())
                .setControllerListenerName("CONTROLLER")
                .setSupportedFeatures(Feature.PRODUCTION_FEATURES)
                .setReleaseVersion(MetadataVersion.latestProduction())
                .setPrintStream(new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8))
                .run();
    }

    /** Holds the server that all users in this JVM share; it is started by the first that asks. */
    private static final class Shared {
        private static final String BOOTSTRAP = bootstrapOfShared();

        private static String bootstrapOfShared() {
            String given = System.getenv(BOOTSTRAP_VARIABLE);
            if (given != null) {
                return answering(given);
            }
            KafkaServer server = start();
            Runtime.getRuntime().addShutdownHook(new Thread(server::close));
            return server.bootstrap();
        }

        private static String answering(String bootstrap) {
            try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap))) {
                admin.describeCluster().clusterId().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
                return bootstrap;
            } catch (Exception failure) {
                throw new IllegalStateException(
                        "the Kafka that " + BOOTSTRAP_VARIABLE + " names does not answer; without the variable one is"
                                + " started",
                        failure);
            }
        }
    }

    /** The bootstrap servers of the cluster that all users in this JVM share. */
    public static String sharedBootstrap() {
        return Shared.BOOTSTRAP;
    }

    /** Starts a server of the caller's own. */
    public static KafkaServer start() {
        return new KafkaServer(Folders.create("kafka"));
    }

    /** Where clients find the broker: host:port. */
    public String bootstrap() {
        return bootstrap;
    }

    /** Stops the server and removes its data. */
    @Override
    public void close() {
        server.shutdown();
        server.awaitShutdown();
        log.close();
        Folders.remove(folder);
    }
}
