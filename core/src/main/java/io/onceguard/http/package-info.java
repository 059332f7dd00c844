/**
 * The semantics of the {@code Idempotency-Key} header as plain data, for any server: {@link
 * io.onceguard.http.HttpIdempotency} takes a request and a handler and returns the response to send. No web framework.
 *
 * <p>Source of the rules: the IETF draft "The Idempotency-Key HTTP Header Field", RFC 9651 (structured fields), RFC 9457
 * (problem details) and RFC 9110; where they are silent, what deployed systems do.
 *
 * <p>How to get what other systems do:
 *
 * <table>
 * <caption>Options of three HTTP systems, and ours</caption>
 * <tr><th>behaviour</th><th>Stripe</th><th>idempo (Ruby)</th><th>asgi-idempotency-header</th><th>here</th></tr>
 * <tr><td>field</td><td>{@code Idempotency-Key}</td><td>{@code Idempotency-Key}, {@code X-Idempotency-Key}</td>
 *     <td>{@code idempotency_header_key}</td><td>{@link HttpIdempotencyBuilder#headerNames}, both by default</td></tr>
 * <tr><td>methods</td><td>POST</td><td>all but GET, HEAD, OPTIONS</td><td>{@code applicable_methods}: POST, PATCH</td>
 *     <td>{@link HttpIdempotencyBuilder#methods}, POST and PATCH by default</td></tr>
 * <tr><td>no key</td><td>passes</td><td>passes</td><td>passes</td><td>{@link HttpIdempotencyBuilder#keyOptional}; 400 by default</td></tr>
 * <tr><td>form of keys</td><td>255 characters</td><td>not empty</td><td>{@code enforce_uuid4_formatting}: 422</td>
 *     <td>255 code points; {@link HttpIdempotencyBuilder#keyPolicy}, {@link HttpIdempotencyBuilder#uuidKeysOnly}, {@link HttpIdempotencyBuilder#strictKeys}</td></tr>
 * <tr><td>whose key</td><td>the account's</td><td>by {@code compute_fingerprint_via}: credentials</td><td>nobody's</td>
 *     <td>{@link HttpIdempotencyBuilder#caller}: {@code authorization()} by default, {@code none()}</td></tr>
 * <tr><td>another endpoint</td><td>error</td><td>another key</td><td>replays</td>
 *     <td>{@link HttpIdempotencyBuilder#endpoints}: MISMATCH, SEPARATE; never a replay</td></tr>
 * <tr><td>another request</td><td>400</td><td>another key</td><td>not compared</td>
 *     <td>422, {@code status(KEY_REUSED, 400)}; {@link HttpIdempotencyBuilder#fingerprint}</td></tr>
 * <tr><td>in progress</td><td>409</td><td>429, {@code Retry-After}</td><td>409</td>
 *     <td>409, {@code status(IN_PROGRESS, 429)}; {@code Retry-After}; the executor's {@code waiting}</td></tr>
 * <tr><td>recorded</td><td>all once begun, also 500</td><td>2xx to 4xx except 425, 429</td><td>JSON only</td>
 *     <td>{@link HttpIdempotencyBuilder#record}: {@code stripe()}, {@code idempo()}, {@code jsonOnly()}</td></tr>
 * <tr><td>response directives</td><td>none</td><td>{@code X-Idempo-Policy: no-store},
 *     {@code X-Idempo-Persist-For-Seconds}</td><td>none</td><td>{@link HttpIdempotencyBuilder#directives}</td></tr>
 * <tr><td>kept for</td><td>24 h</td><td>{@code persist_for_seconds}: 30 s</td><td>{@code expiry}: 24 h</td>
 *     <td>the executor's {@code retention}, 24 h by default</td></tr>
 * <tr><td>mark of a replay</td><td>{@code Idempotent-Replayed}</td><td>none</td><td>{@code replay_header_key}</td>
 *     <td>{@link HttpIdempotencyBuilder#replayedHeader}, {@code Idempotent-Replayed} by default</td></tr>
 * <tr><td>first request</td><td>{@code Original-Request}</td><td>none</td><td>none</td>
 *     <td>{@link HttpIdempotencyBuilder#originalRequestHeader}, {@link HttpIdempotencyBuilder#requestIdHeader}</td></tr>
 * <tr><td>large answers</td><td>not told</td><td>above 4 MiB not stored: run again</td><td>no limit</td>
 *     <td>{@link HttpIdempotencyBuilder#maxStoredBytes}: status and headers; {@link HttpIdempotencyBuilder#freeUnkeptBodies}: run again</td></tr>
 * <tr><td>bodies of refusals</td><td>its error object</td><td>{@code malformed_key_error_app} and others</td>
 *     <td>fixed</td><td>{@link HttpIdempotencyBuilder#onRefusal}, {@link HttpIdempotencyBuilder#status}; problem+json by default</td></tr>
 * </table>
 */
@NullMarked
package io.onceguard.http;

import org.jspecify.annotations.NullMarked;
