package io.onceguard.testservers;

import static java.util.Objects.requireNonNull;

import com.rabbitmq.client.ConnectionFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.qpid.server.SystemLauncher;
import org.apache.qpid.server.SystemLauncherListener.DefaultSystemLauncherListener;
import org.apache.qpid.server.model.Port;
import org.apache.qpid.server.model.State;
import org.apache.qpid.server.model.SystemConfig;
import org.jspecify.annotations.Nullable;

/**
 * A real broker for the protocol of RabbitMQ, AMQP 0-9-1, in this JVM on a free loopback port: Apache Qpid, which keeps
 * its messages in memory. A server that cannot start fails the test with its log.
 */
public final class AmqpServer implements AutoCloseable {

    /** The address (amqp://user:password@host:port/virtual-host) of an existing broker for the tests that share one. */
    public static final String URL_VARIABLE = "ONCEGUARD_AMQP_URL";

    private static final String CONFIGURATION = """
            {
              "name": "onceguard",
              "modelVersion": "8.0",
              "authenticationproviders": [{
                "name": "plain",
                "type": "Plain",
                "secureOnlyMechanisms": [],
                "users": [{"name": "guest", "type": "managed", "password": "guest"}]
              }],
              "ports": [{
                "name": "AMQP",
                "port": 0,
                "bindingAddress": "127.0.0.1",
                "protocols": ["AMQP_0_9_1"],
                "authenticationProvider": "plain",
                "virtualhostaliases": [{"name": "nameAlias", "type": "nameAlias"}]
              }],
              "virtualhostnodes": [{
                "name": "default",
                "type": "Memory",
                "defaultVirtualHostNode": "true",
                "virtualHostInitialConfiguration": "{\\"type\\": \\"Memory\\"}"
              }]
            }
            """;

    private final Path folder;
    private final ServerLog log;
    private final SystemLauncher launcher;
    private final int port;

    private AmqpServer(Path folder) {
        this.folder = folder;
        this.log = new ServerLog(folder, "org.apache.qpid", "qpid.message");
        AtomicReference<@Nullable SystemConfig<?>> system = new AtomicReference<>();
        launcher = new SystemLauncher(new DefaultSystemLauncherListener() {
            @Override
            public void onContainerResolve(SystemConfig<?> resolved) {
                system.set(resolved);
            }
        });
        try {
            Path configuration = Files.writeString(folder.resolve("broker.json"), CONFIGURATION);
            launcher.startup(Map.of(
                    SystemConfig.TYPE,
                    "Memory",
                    SystemConfig.INITIAL_CONFIGURATION_LOCATION,
                    configuration.toUri().toString(),
                    SystemConfig.STARTUP_LOGGED_TO_SYSTEM_OUT,
                    false,
                    SystemConfig.CONTEXT,
                    Map.of(SystemConfig.QPID_WORK_DIR, folder.toString())));
            Port<?> amqp = requireNonNull(system.get()).getContainer().getChildren(Port.class).stream()
                    .findFirst()
                    .orElseThrow();
            if (amqp.getState() != State.ACTIVE) { // which does not end the start
                throw new IllegalStateException("the port is " + amqp.getState());
            }
            port = amqp.getBoundPort();
        } catch (Exception failure) {
            throw log.doesNotStart("Qpid", failure);
        }
    }

    /** Holds the server that all users in this JVM share; it is started by the first that asks. */
    private static final class Shared {
        private static final String URL = urlOfShared();

        private static String urlOfShared() {
            String given = System.getenv(URL_VARIABLE);
            if (given != null) {
                return answering(given);
            }
            AmqpServer server = start();
            Runtime.getRuntime().addShutdownHook(new Thread(server::close));
            return server.url();
        }

        private static String answering(String url) {
            ConnectionFactory connections = new ConnectionFactory();
            try {
                connections.setUri(url);
                connections.newConnection().close();
                return url;
            } catch (Exception failure) {
                throw new IllegalStateException(
                        "the broker that " + URL_VARIABLE + " names does not answer; without the variable one is"
                                + " started",
                        failure);
            }
        }
    }

    /** The address of the broker that all users in this JVM share. */
    public static String sharedUrl() {
        return Shared.URL;
    }

    /** Starts a broker of the caller's own. */
    public static AmqpServer start() {
        return new AmqpServer(Folders.create("amqp"));
    }

    /** The address, with user and password in it. */
    public String url() {
        return "amqp://guest:guest@127.0.0.1:" + port + "/default";
    }

    /** The port. */
    public int port() {
        return port;
    }

    /** Stops the broker; its messages are gone. */
    @Override
    public void close() {
        launcher.shutdown();
        log.close();
        Folders.remove(folder);
    }
}
