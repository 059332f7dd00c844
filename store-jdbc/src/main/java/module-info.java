/** A store in a relational database. */
module io.onceguard.jdbc {
    requires transitive io.onceguard;
    requires transitive java.sql;
    requires static com.h2database;
    requires static com.zaxxer.hikari;
    requires static org.jspecify;

    exports io.onceguard.jdbc;
}
