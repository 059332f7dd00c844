/**
 * Keeps records in Redis: {@link io.onceguard.redis.RedisIdempotencyStore}.
 *
 * <h2>Keys</h2>
 *
 * <p>One key for each record, named {@code <prefix><operation>:<scope>:<key>}, in UTF-8. In operation and scope a colon
 * is written {@code %3A} and a percent sign {@code %25}; a call without a scope has nothing between the colons. So the
 * record of the operation {@code charge}, the scope {@code tenant-7} and the key {@code order-42} is {@code
 * onceguard:charge:tenant-7:order-42}. Clients choose their keys, and these names show them to everybody who may read
 * the server's keys, its slow log or its backups: a key should not be a secret.
 *
 * <h2>Records</h2>
 *
 * <p>A string of bytes. Its first byte is the version of the layout, {@code 1}; the fields are listed in the source of
 * {@code PackedRecord}. A reader of a later version reads this one too; whatever a reader does not know is an error, and
 * is neither replayed nor overwritten. The end of a record's life is the expiry of its key.
 *
 * <p>An operator reads a record with the script {@code show.lua} of this package (in the jar under {@code
 * io/onceguard/redis}). It changes nothing and shows no result:
 *
 * <pre>{@code
 * redis-cli --raw --eval show.lua onceguard:charge:tenant-7:order-42
 * }</pre>
 *
 * <h2>Permissions</h2>
 *
 * <p>What a user needs, beside what the client needs itself (nothing on a standalone server; {@code +cluster|shards
 * +cluster|slots +asking} on a Cluster):
 *
 * <pre>{@code
 * ACL SETUSER app on >... ~onceguard:* +eval +evalsha +get +set +pttl +time +info
 * }</pre>
 *
 * <p>and {@code +wait} with {@code replicaAcknowledgements}; {@code +publish +subscribe +unsubscribe} and the channels
 * {@code &onceguard:*} with {@code push}, which without them is as if it were off. Who deletes records ({@code delete}, {@code forget}) needs
 * {@code +del}; {@code find} and {@code resolve} need no more than the rest. {@code info} is needed once, when the store
 * is built.
 *
 * <h2>Why one script for each verb</h2>
 *
 * <p>A claim can also be made with one plain command, {@code SET key record NX GET PX} (from 7.0), which answers with the
 * record that is there. It is cheaper on the server, and was not taken. Measured on 7.0.15, eight threads, 200-byte
 * results, two cores shared with the clients; the spread is that of three interleaved rounds, in microseconds of the
 * server's processor time for each call:
 *
 * <table>
 * <caption>Processor time of the server</caption>
 * <tr><th>design</th><th>first execution</th><th>replay</th></tr>
 * <tr><td>two scripts; one script</td><td>61 to 78</td><td>28 to 36</td></tr>
 * <tr><td>{@code SET NX GET}, {@code PEXPIRETIME} and a script; {@code SET NX GET}, {@code PEXPIRETIME} and {@code
 * TIME}</td><td>40 to 50</td><td>16 to 19</td></tr>
 * <tr><td>{@code SET NX GET} alone</td><td></td><td>15 to 23</td></tr>
 * </table>
 *
 * <p>The command alone knows neither the server's time nor the key's expiry, so that it cannot say how old a record is,
 * how long it is kept, or draw a token: the contract asks for each in the very answer. With the commands that do, a first
 * execution is three commands and a replay three, instead of two and one; tokens have the grain of a millisecond, and no
 * longer increase over a deletion. And it is a write also where it only looks: a server without memory left, and a
 * replica, refuse it, while the script replays what is there.
 *
 * <p>What a script costs is mostly its being one: with cold caches, as between two single calls, {@code EVALSHA} of an
 * empty script takes the server 5 to 9 microseconds, and a {@code SET} within a script 8 to 13 more than the command
 * alone, which takes 2 to 5. {@code FCALL} is no cheaper.
 *
 * <h2>Replays by a plain GET</h2>
 *
 * <p>Each store remembers hashes of what it has seen completed, in 64 KiB, and asks for those records with {@code GET}. A
 * record that is completed says itself since when and for how long, so that it needs neither the key's expiry nor a
 * script, only the server's time; that is known from an answer of the last second, and counted on. So a replay at the
 * node that did the work costs what a {@code GET} costs; the first replay elsewhere costs a script.
 *
 * <h2>Why a string and not a hash</h2>
 *
 * <p>Bytes of the server's memory for each record with a result of 200 bytes, its key and its expiry, averaged over
 * 20,000: a plain {@code SET} of the result 379 on 7.0.15 and 362 on 6.2.11; the string 472 and 458 (1.24 and 1.27 times
 * as much); a hash with a field for each part 1,144 and 1,090 (three times as much: a value of more than 64 bytes turns
 * it into a table). The hash takes 1.2 to 1.6 times the processor time of the string for a first execution.
 */
@NullMarked
package io.onceguard.redis;

import org.jspecify.annotations.NullMarked;
