package io.onceguard.jdbc;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.regex.Pattern;
import javax.sql.DataSource;

/** Stands between a store and its driver: sees every connect, statement and commit, and may make any of them fail. */
interface Interceptor {

    Pattern WRITING = Pattern.compile("\\b(INSERT|UPDATE|MERGE|DELETE)\\b");

    default void beforeConnect() throws SQLException {}

    /** Before a statement is sent. */
    default void beforeExecute(String sql) throws SQLException {}

    /** After the reply to a statement came; it is committed if the connection commits by itself. */
    default void afterExecute(String sql, boolean committed) throws SQLException {}

    /** When a statement failed. */
    default void onFailure(String sql, SQLException failure) {}

    /** Whether a statement may change a row; a look does not. */
    static boolean writes(String sql) {
        return WRITING.matcher(sql).find();
    }

    /** Before a commit is sent, by itself or in one piece with a statement. */
    default void beforeCommit() throws SQLException {}

    default void afterCommit() throws SQLException {}

    /** The DataSource with this in front. */
    default DataSource in(DataSource target) {
        return proxy(DataSource.class, (self, method, arguments) -> {
            if (!method.getName().equals("getConnection")) {
                return invoke(target, method, arguments);
            }
            beforeConnect();
            return connection((Connection) invoke(target, method, arguments));
        });
    }

    private Connection connection(Connection target) {
        return proxy(Connection.class, (self, method, arguments) -> {
            if (method.getName().equals("commit")) {
                beforeCommit();
            }
            Object answer = invoke(target, method, arguments);
            return switch (method.getName()) {
                case "prepareStatement" ->
                    statement(PreparedStatement.class, (PreparedStatement) answer, target, (String) arguments[0]);
                case "createStatement" -> statement(Statement.class, (Statement) answer, target, "");
                case "commit" -> {
                    afterCommit();
                    yield answer;
                }
                default -> answer;
            };
        });
    }

    private <S extends Statement> S statement(Class<S> type, S target, Connection connection, String prepared) {
        return proxy(type, (self, method, arguments) -> {
            if (!method.getName().startsWith("execute")) {
                return invoke(target, method, arguments);
            }
            String sql = arguments == null ? prepared : (String) arguments[0];
            boolean commits = sql.endsWith(";COMMIT");
            beforeExecute(sql);
            if (commits) {
                beforeCommit();
            }
            Object answer;
            try {
                answer = invoke(target, method, arguments);
            } catch (SQLException failure) {
                onFailure(sql, failure);
                throw failure;
            }
            if (commits) {
                afterCommit();
            }
            afterExecute(sql, commits || connection.getAutoCommit());
            return answer;
        });
    }

    private static <T> T proxy(Class<T> type, InvocationHandler handler) {
        return type.cast(Proxy.newProxyInstance(Interceptor.class.getClassLoader(), new Class<?>[] {type}, handler));
    }

    private static Object invoke(Object target, Method method, Object[] arguments) throws Throwable {
        try {
            return method.invoke(target, arguments);
        } catch (InvocationTargetException failure) {
            throw failure.getCause();
        }
    }
}
