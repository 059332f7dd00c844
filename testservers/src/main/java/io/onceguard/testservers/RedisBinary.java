package io.onceguard.testservers;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Redis as test dependencies bring it. They are built by third parties, so that their digests are pinned. */
public enum RedisBinary {
    V7_0("redis-server-7.0.15-linux-amd64", "c0cdeef856b3410fd99d6ec6fc6a20302e69059b00ce5d6abab7b3e5069ea91e"),
    V6_2("redis-server-6.2.6-v5-linux-amd64", "1f716094e08a25faee2bc7626feb9e13464ed89018ac5c376c5e9cff06bdcf52"),
    CLI("redis-cli-7.0.9-linux-amd64", "7e9b103357ec5b3c5bb8cef35e8d3e395600780e6adad8a85bc3be00d88e2ec5");

    private static final Map<RedisBinary, Path> UNPACKED = new ConcurrentHashMap<>();

    private final String resource;
    private final String sha256;

    RedisBinary(String resource, String sha256) {
        this.resource = resource;
        this.sha256 = sha256;
    }

    /** The file, which is unpacked by the first who asks and is removed when the JVM ends. */
    public Path file() {
        return UNPACKED.computeIfAbsent(this, RedisBinary::unpack);
    }

    private Path unpack() {
        try (InputStream stream = RedisBinary.class.getResourceAsStream("/" + resource)) {
            if (stream == null) {
                throw new AssertionError(
                        "missing server binary: no " + resource
                                + " on the test class path; the tests of Redis need Linux on amd64 and the embedded-redis artifacts");
            }
            byte[] bytes = stream.readAllBytes();
            String found = HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
            if (!found.equals(sha256)) {
                throw new AssertionError(resource + " is not the binary that was pinned: SHA-256 " + found);
            }
            Path unpacked = Files.createTempFile(
                    resource, "", PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            unpacked.toFile().deleteOnExit();
            return Files.write(unpacked, bytes);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        } catch (NoSuchAlgorithmException impossible) {
            throw new AssertionError(impossible);
        }
    }
}
