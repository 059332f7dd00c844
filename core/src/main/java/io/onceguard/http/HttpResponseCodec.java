package io.onceguard.http;

import io.onceguard.ResultCodec;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The stored form of a response: status (2 bytes), number of header lines (2), each line's name and value as UTF-8 after
 * its length (4), and the body to the end. Numbers are big-endian. Lengths are checked against the bytes that there are
 * before anything is allocated.
 */
final class HttpResponseCodec implements ResultCodec<HttpResponseData> {

    static final HttpResponseCodec INSTANCE = new HttpResponseCodec();

    private static final int MAX_LINES = 0xFFFF;

    private HttpResponseCodec() {}

    @Override
    public String id() {
        return "http-response-1";
    }

    @Override
    public byte[] encode(HttpResponseData response) throws IOException {
        List<HttpHeaders.Line> lines = response.headers().lines();
        if (lines.size() > MAX_LINES) {
            throw new IOException("header lines: at most " + MAX_LINES + ", were " + lines.size());
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(response.body().length + 64 * (lines.size() + 1));
        DataOutputStream out = new DataOutputStream(bytes);
        out.writeShort(response.status());
        out.writeShort(lines.size());
        for (HttpHeaders.Line line : lines) {
            writeText(out, line.name());
            writeText(out, line.value());
        }
        out.write(response.body());
        return bytes.toByteArray();
    }

    @Override
    public HttpResponseData decode(byte[] bytes) throws IOException {
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes));
        int status = in.readUnsignedShort();
        int count = in.readUnsignedShort();
        List<HttpHeaders.Line> lines = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            lines.add(new HttpHeaders.Line(readText(in), readText(in)));
        }
        return new HttpResponseData(status, HttpHeaders.of(lines), in.readAllBytes());
    }

    /** Returns at least as many bytes as the stored form has. */
    static long encodedBytes(HttpResponseData response) {
        long bytes = 4L + response.body().length;
        for (HttpHeaders.Line line : response.headers().lines()) {
            bytes += 8L + 3L * (line.name().length() + line.value().length());
        }
        return bytes;
    }

    private static void writeText(DataOutputStream out, String text) throws IOException {
        ByteBuffer utf8 = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(text));
        out.writeInt(utf8.remaining());
        out.write(utf8.array(), utf8.arrayOffset(), utf8.remaining());
    }

    private static String readText(DataInputStream in) throws IOException {
        int length = in.readInt();
        if (length < 0 || length > in.available()) {
            throw new IOException("a text is longer than what is left");
        }
        return StandardCharsets.UTF_8
                .newDecoder()
                .decode(ByteBuffer.wrap(in.readNBytes(length)))
                .toString();
    }
}
