package io.onceguard.examples;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import tools.jackson.databind.json.JsonMapper;

/** Payment requests as a file: UTF-8, one JSON object a line, in the order in which they are sent. */
final class PaymentRequestFile {

    /** The committed file, seen from the root of the repository. */
    static final Path COMMITTED = Path.of("examples", "data", "payment-requests.jsonl");

    private static final JsonMapper JSON = JsonMapper.shared();

    private PaymentRequestFile() {}

    static List<PaymentRequest> read(Path file) throws IOException {
        try (BufferedReader lines = Files.newBufferedReader(file)) {
            return lines.lines()
                    .map(line -> JSON.readValue(line, PaymentRequest.class))
                    .toList();
        }
    }

    static void write(Path file, List<PaymentRequest> requests) throws IOException {
        StringBuilder lines = new StringBuilder();
        for (PaymentRequest request : requests) {
            lines.append(JSON.writeValueAsString(request)).append('\n');
        }
        Files.writeString(file, lines);
    }
}
