package io.onceguard.http;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.exc.StreamReadException;
import tools.jackson.core.json.JsonFactory;

/** What a JSON text says, as Jackson reads it: maps, lists, strings, and other values by their text. */
final class JsonTree {

    /** A number, {@code true}, {@code false} or {@code null}, as it is written. */
    record Literal(String text) {}

    private static final int NO_LIMIT = Integer.MAX_VALUE;

    private JsonTree() {}

    /** Returns what the text says; a {@link JacksonException} if it is not one JSON text or nests too deep. */
    static Object read(String json, int maxDepth) {
        JsonFactory factory = JsonFactory.builder()
                .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                .streamReadConstraints(StreamReadConstraints.builder()
                        .maxNestingDepth(maxDepth)
                        .maxNumberLength(NO_LIMIT)
                        .maxNameLength(NO_LIMIT)
                        .maxStringLength(NO_LIMIT)
                        .build())
                .build();
        try (JsonParser parser = factory.createParser(ObjectReadContext.empty(), json)) {
            parser.nextToken();
            Object value = value(parser);
            if (parser.nextToken() != null) {
                throw new StreamReadException(parser, "more than one value");
            }
            return value;
        }
    }

    private static Object value(JsonParser parser) {
        JsonToken token = parser.currentToken();
        if (token == null) {
            throw new StreamReadException(parser, "no value");
        }
        return switch (token) {
            case START_OBJECT -> object(parser);
            case START_ARRAY -> array(parser);
            case VALUE_STRING -> parser.getString();
            default -> new Literal(parser.getString());
        };
    }

    private static Map<String, Object> object(JsonParser parser) {
        Map<String, Object> members = new LinkedHashMap<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            parser.nextToken();
            members.put(name, value(parser));
        }
        return members;
    }

    private static List<Object> array(JsonParser parser) {
        List<Object> elements = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            elements.add(value(parser));
        }
        return elements;
    }

    /** Writes the tree with its members in another order, other white space and other escapes. */
    static String write(Object tree, Random random) {
        StringBuilder out = new StringBuilder();
        write(out, tree, random);
        return out.toString();
    }

    private static void write(StringBuilder out, Object tree, Random random) {
        space(out, random);
        if (tree instanceof Map<?, ?> members) {
            List<Object> names = new ArrayList<>(members.keySet());
            Collections.shuffle(names, random);
            String separator = "{";
            for (Object name : names) {
                write(out.append(separator), name, random);
                write(out.append(':'), members.get(name), random);
                separator = ",";
            }
            out.append(names.isEmpty() ? "{ }" : "}");
        } else if (tree instanceof List<?> elements) {
            String separator = "[";
            for (Object element : elements) {
                write(out.append(separator), element, random);
                separator = ",";
            }
            out.append(elements.isEmpty() ? "[ ]" : "]");
        } else if (tree instanceof String text) {
            string(out, text, random);
        } else {
            out.append(((Literal) tree).text());
        }
        space(out, random);
    }

    private static void string(StringBuilder out, String text, Random random) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean must = c < 0x20 || c == '"' || c == '\\' || Character.isSurrogate(c);
            out.append(must || random.nextInt(4) == 0 ? String.format("\\u%04x", (int) c) : String.valueOf(c));
        }
        out.append('"');
    }

    private static void space(StringBuilder out, Random random) {
        if (random.nextInt(3) == 0) {
            out.append(" \t\r\n".charAt(random.nextInt(4)));
        }
    }
}
