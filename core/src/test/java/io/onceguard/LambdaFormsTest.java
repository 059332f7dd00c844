package io.onceguard;

import static io.onceguard.Scene.INPUT;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.onceguard.Scene.Kind;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.SocketException;
import java.sql.SQLException;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The forms in which users write work; most of what is tested here is that it compiles. */
class LambdaFormsTest {

    private static final class Receipt {
        private final String text;

        Receipt(String text) {
            this.text = text;
        }
    }

    private static final class PaperReceipt extends Base {
        PaperReceipt(String text) {
            super(text);
        }
    }

    private static class Base {
        final String text;

        Base(String text) {
            this.text = text;
        }
    }

    private final Scene scene = new Scene(Kind.REMOTE);
    private final IdempotencyExecutor<String> strings = scene.atLeastOnce().build();
    private int keys;

    private IdempotencyKey key() {
        return IdempotencyKey.unscoped("key-" + keys++);
    }

    private IdempotentCall call() {
        return IdempotentCall.of(key(), INPUT);
    }

    // ---- without checked exceptions: none need be caught

    @Test
    void valueLambda() {
        Outcome<String> expression = strings.execute(key(), INPUT, () -> "value");
        Outcome<String> block = strings.execute(key(), INPUT, () -> {
            String part = "val";
            return part + "ue";
        });
        Outcome<String> call = strings.execute(call().originId("mine"), () -> "value");
        Outcome<String> nothing = strings.execute(key(), INPUT, () -> null);

        assertThat(expression.orElseThrow()).isEqualTo("value");
        assertThat(block.orElseThrow()).isEqualTo("value");
        assertThat(call.orElseThrow()).isEqualTo("value");
        assertThat(nothing.orElseThrow()).isNull();
    }

    @Test
    void attemptLambda() {
        Outcome<String> expression = strings.execute(key(), INPUT, attempt -> attempt.deriveKey("step"));
        Outcome<String> typed = strings.execute(key(), INPUT, (Attempt attempt) -> attempt.originId());
        Outcome<String> reference = strings.execute(key(), INPUT, Attempt::originId);
        Outcome<String> call = strings.execute(call(), attempt -> "attempt " + attempt.number());

        assertThat(expression.hasValue()).isTrue();
        assertThat(typed.hasValue()).isTrue();
        assertThat(reference.orElseThrow()).startsWith("req_");
        assertThat(call.orElseThrow()).isEqualTo("attempt 1");
    }

    @Test
    void existingSuppliersAndCallables() throws Exception {
        Supplier<String> supplier = () -> "supplied";
        Callable<String> callable = () -> "called";

        assertThat(strings.execute(key(), INPUT, supplier::get).orElseThrow()).isEqualTo("supplied");
        assertThat(strings.execute(call(), supplier::get).orElseThrow()).isEqualTo("supplied");
        assertThat(strings.execute(key(), INPUT, callable::call).orElseThrow()).isEqualTo("called");
        assertThat(strings.execute(key(), INPUT, this::greet).orElseThrow()).isEqualTo("hello");
        assertThat(strings.execute(key(), INPUT, LambdaFormsTest::greetStatically)
                        .orElseThrow())
                .isEqualTo("hello");
    }

    private String greet() {
        return "hello";
    }

    private static String greetStatically() {
        return "hello";
    }

    @Test
    void workObjects() throws IOException {
        Work<String, IOException> work = () -> "work";
        AttemptWork<String, RuntimeException> attemptWork = attempt -> "attempt work";
        Action<RuntimeException> action = () -> {};
        AttemptAction<RuntimeException> attemptAction = attempt -> {};

        assertThat(strings.execute(key(), INPUT, work).orElseThrow()).isEqualTo("work");
        assertThat(strings.execute(call(), work).orElseThrow()).isEqualTo("work");
        assertThat(strings.execute(key(), INPUT, attemptWork).orElseThrow()).isEqualTo("attempt work");
        assertThat(strings.run(key(), INPUT, action).orElseThrow()).isNull();
        assertThat(strings.run(call(), action).orElseThrow()).isNull();
        assertThat(strings.run(call(), attemptAction).orElseThrow()).isNull();
    }

    @Test
    void workOfASubtype() {
        ResultCodec<Base> codec = ResultCodec.of(
                "base", value -> value.text.getBytes(UTF_8), bytes -> new Base(new String(bytes, UTF_8)));
        IdempotencyExecutor<Base> bases =
                scene.with(Guarantee.AT_LEAST_ONCE, scene.store, codec).build();
        Work<PaperReceipt, RuntimeException> work = () -> new PaperReceipt("paper");

        Outcome<Base> first = bases.execute(key(), INPUT, work);
        Outcome<Base> second = bases.execute(key(), INPUT, () -> new PaperReceipt("paper"));

        assertThat(first.orElseThrow().text).isEqualTo("paper");
        assertThat(second.orElseThrow().text).isEqualTo("paper");
    }

    @Test
    void nullableOperation() {
        IdempotencyExecutor<@Nullable Receipt> receipts = scene.<@Nullable Receipt>with(
                        Guarantee.AT_MOST_ONCE,
                        scene.store,
                        ResultCodec.of(
                                "r",
                                receipt -> receipt.text.getBytes(UTF_8),
                                bytes -> new Receipt(new String(bytes, UTF_8))))
                .build();
        IdempotencyKey key = key();

        Outcome<@Nullable Receipt> first = receipts.execute(key, INPUT, () -> null);
        Outcome<@Nullable Receipt> second = receipts.execute(key, INPUT, () -> new Receipt("never"));

        assertThat(first.orElseThrow()).isNull();
        assertThat(second.orElseThrow()).isNull();
    }

    // ---- checked exceptions: exactly what is thrown need be caught

    private static String reads() throws IOException {
        throw new FileNotFoundException("read");
    }

    private static String queries() throws SQLException {
        throw new SQLException("query");
    }

    @Test
    void oneCheckedExceptionPassesThroughExactly() {
        try {
            Outcome<String> unreachable = strings.execute(key(), INPUT, () -> reads());
            throw new AssertionError(unreachable.toString());
        } catch (IOException failure) {
            assertThat(failure).hasMessage("read");
        }
        try {
            Outcome<String> unreachable = strings.execute(key(), INPUT, LambdaFormsTest::reads);
            throw new AssertionError(unreachable.toString());
        } catch (IOException failure) {
            assertThat(failure).hasMessage("read");
        }
        try {
            Outcome<String> unreachable = strings.execute(call(), attempt -> queries());
            throw new AssertionError(unreachable.toString());
        } catch (SQLException failure) {
            assertThat(failure.getMessage()).isEqualTo("query");
        }
    }

    @Test
    void severalCheckedExceptionsPassAsTheirCommonSupertype() {
        try {
            Outcome<String> unreachable = strings.execute(key(), INPUT, () -> {
                if (keys > 100) {
                    throw new FileNotFoundException("file");
                }
                throw new SocketException("socket");
            });
            throw new AssertionError(unreachable.toString());
        } catch (IOException failure) {
            assertThat(failure).isExactlyInstanceOf(SocketException.class);
        }
        try {
            Outcome<String> unreachable = strings.execute(key(), INPUT, () -> {
                if (keys > 100) {
                    return reads();
                }
                throw new TimeoutException("late");
            });
            throw new AssertionError(unreachable.toString());
        } catch (Exception failure) {
            assertThat(failure).isExactlyInstanceOf(TimeoutException.class);
        }
    }

    @Test
    void actions() {
        int[] ran = {0};
        Runnable runnable = () -> ran[0]++;

        assertThat(strings.run(key(), INPUT, () -> ran[0]++).hasValue()).isTrue();
        assertThat(strings.run(key(), INPUT, () -> {
                            ran[0]++;
                        })
                        .hasValue())
                .isTrue();
        assertThat(strings.run(key(), INPUT, runnable::run).hasValue()).isTrue();
        assertThat(strings.run(call(), attempt -> ran[0]++).hasValue()).isTrue();
        assertThat(ran[0]).isEqualTo(4);
        try {
            Outcome<String> unreachable = strings.run(key(), INPUT, () -> reads());
            throw new AssertionError(unreachable.toString());
        } catch (IOException failure) {
            assertThat(failure).hasMessage("read");
        }
    }

    // ---- outcomes

    @Test
    void outcomesFoldAndMatch() {
        Outcome<String> outcome = strings.execute(key(), INPUT, () -> "value");

        int status =
                outcome.fold(executed -> 201, replayed -> 200, inProgress -> 409, mismatch -> 422, unresolved -> 409);
        Optional<String> value = outcome.fold(
                executed -> Optional.of(executed.value()),
                replayed -> Optional.of(replayed.value()),
                inProgress -> Optional.empty(),
                mismatch -> Optional.empty(),
                unresolved -> Optional.empty());
        String matched = outcome instanceof Outcome.Executed<String> executed ? executed.value() : "none";

        assertThat(status).isEqualTo(201);
        assertThat(value).contains("value");
        assertThat(matched).isEqualTo("value");
    }

    /** Sealed with these five cases, which is what makes a switch over them exhaustive on Java 21. */
    @Test
    void outcomesAreSealed() {
        assertThat(Outcome.class.isSealed()).isTrue();
        assertThat(Outcome.class.getPermittedSubclasses())
                .containsExactlyInAnyOrder(
                        Outcome.Executed.class,
                        Outcome.Replayed.class,
                        Outcome.InProgress.class,
                        Outcome.FingerprintMismatch.class,
                        Outcome.Unresolved.class);
    }
}
