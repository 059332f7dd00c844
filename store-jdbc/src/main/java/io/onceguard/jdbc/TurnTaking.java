package io.onceguard.jdbc;

import io.onceguard.jdbc.H2Turn.IfLocked;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.CallableStatement;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Locale;
import java.util.Set;
import javax.sql.DataSource;
import org.h2.engine.SessionLocal;
import org.jspecify.annotations.Nullable;

/** Views of pools, connections and statements that do their work in {@linkplain H2Turn turns}. */
final class TurnTaking {

    private TurnTaking() {}

    static DataSource dataSource(DataSource plain) {
        return view(DataSource.class, plain, (view, method, step, arguments) -> {
            Object answer = step.run();
            return answer instanceof Connection connection ? connection(connection) : answer;
        });
    }

    /** The pool under a view; any other pool itself. */
    static DataSource plain(DataSource pool) {
        return Proxy.isProxyClass(pool.getClass()) && Proxy.getInvocationHandler(pool) instanceof View view
                ? (DataSource) view.plain()
                : pool;
    }

    private static Connection connection(Connection plain) throws SQLException {
        SessionLocal session = isView(plain) ? null : H2Turn.session(plain);
        return session == null ? plain : view(Connection.class, plain, new OfConnection(session, H2Turn.of(session)));
    }

    /** A call of a method of the view: {@code step} is that of the plain object. */
    private interface Call {
        @Nullable
        Object run(
                Object view, String method, H2Turn.Step<@Nullable Object, Throwable> step, @Nullable Object[] arguments)
                throws Throwable;
    }

    private record OfConnection(SessionLocal session, H2Turn turn) implements Call {

        private static final Set<String> ENDS = Set.of("commit", "rollback", "setAutoCommit", "close", "abort");

        @Override
        public @Nullable Object run(
                Object view, String method, H2Turn.Step<@Nullable Object, Throwable> step, @Nullable Object[] arguments)
                throws Throwable {
            Object answer = ENDS.contains(method) ? turn.end(step) : turn.take(step);
            if (answer instanceof Statement statement) {
                Call turns = new OfStatement(this, (Connection) view, isAboutTimeout(arguments));
                return view(kindOf(statement), statement, turns);
            }
            return answer;
        }

        private static Class<? extends Statement> kindOf(Statement statement) {
            if (statement instanceof CallableStatement) {
                return CallableStatement.class;
            }
            return statement instanceof PreparedStatement ? PreparedStatement.class : Statement.class;
        }
    }

    /** {@code aboutTimeout} says so of the statement that was prepared. */
    private record OfStatement(OfConnection owner, Connection connection, boolean aboutTimeout) implements Call {
        @Override
        public @Nullable Object run(
                Object view, String method, H2Turn.Step<@Nullable Object, Throwable> step, @Nullable Object[] arguments)
                throws Throwable {
            if (method.equals("getConnection")) {
                return connection;
            }
            if (!method.startsWith("execute")) {
                return step.run();
            }
            if (aboutTimeout || isAboutTimeout(arguments)) {
                return owner.turn.take(step);
            }
            IfLocked ifLocked = method.endsWith("Batch") ? IfLocked.FAIL : IfLocked.WAIT;
            return owner.turn.execute(owner.session, ifLocked, step);
        }
    }

    /** What reads or sets the session's lock timeout must find it as it is. */
    private static boolean isAboutTimeout(@Nullable Object[] arguments) {
        return arguments.length > 0
                && arguments[0] instanceof String sql
                && sql.toUpperCase(Locale.ROOT).contains("LOCK_TIMEOUT");
    }

    private static boolean isView(Connection connection) {
        return Proxy.isProxyClass(connection.getClass()) && Proxy.getInvocationHandler(connection) instanceof View;
    }

    private static <T> T view(Class<? extends T> type, T plain, Call call) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, new View(plain, call)));
    }

    private record View(Object plain, Call call) implements InvocationHandler {
        private static final @Nullable Object[] NONE = {};

        @Override
        public @Nullable Object invoke(Object view, Method method, @Nullable Object @Nullable [] arguments)
                throws Throwable {
            if (method.getName().equals("equals")) {
                return arguments != null && view == arguments[0];
            }
            boolean ofObject = method.getDeclaringClass() == Object.class;
            H2Turn.Step<@Nullable Object, Throwable> step = () -> invokePlain(method, arguments);
            return ofObject ? step.run() : call.run(view, method.getName(), step, arguments == null ? NONE : arguments);
        }

        @SuppressWarnings("NullAway") // many methods answer null
        private Object invokePlain(Method method, @Nullable Object @Nullable [] arguments) throws Throwable {
            try {
                return method.invoke(plain, arguments);
            } catch (InvocationTargetException failure) {
                throw failure.getCause();
            }
        }
    }
}
