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
 *     <td>{@link HttpIdempotencyBuilder#caller}: {@code authorization()} by default, {@code none()}, your own</td></tr>
 * <tr><td>another endpoint</td><td>error</td><td>another key</td><td>replays</td>
 *     <td>{@link HttpIdempotencyBuilder#endpoints}: MISMATCH, SEPARATE; never a replay</td></tr>
 * <tr><td>another request</td><td>400</td><td>another key</td><td>not compared</td>
 *     <td>422, {@code status(KEY_REUSED, 400)}; {@link CallerIdentity#withRequest}; {@link HttpFingerprint#endpoint}</td></tr>
 * <tr><td>in progress</td><td>409</td><td>429, {@code Retry-After}</td><td>409</td>
 *     <td>409, {@code status(IN_PROGRESS, 429)}; {@code Retry-After}; the executor's {@code waiting}</td></tr>
 * <tr><td>recorded</td><td>all once begun, also 500</td><td>2xx to 4xx except 425, 429</td><td>JSON only</td>
 *     <td>{@link HttpIdempotencyBuilder#record}: {@code stripe()}, {@code idempo()}, {@code jsonOnly()}</td></tr>
 * <tr><td>response directives</td><td>none</td><td>{@code X-Idempo-Policy: no-store},
 *     {@code X-Idempo-Persist-For-Seconds}</td><td>none</td><td>{@link HttpIdempotencyBuilder#directives}</td></tr>
 * <tr><td>expiry told</td><td>in its documentation</td><td>not at all</td><td>not at all</td>
 *     <td>{@link HttpIdempotency#policy}, {@link HttpIdempotencyBuilder#documentation}</td></tr>
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
 *
 * <p>What clients do ({@link RetryAdvice}). A server's documentation should have this table:
 *
 * <table>
 * <caption>Answers to a request with a key</caption>
 * <tr><th>answer</th><th>status</th><th>outcome</th><th>client</th></tr>
 * <tr><td>the handler's, first or replayed</td><td>200 to 499, except the next row</td>
 *     <td>{@code Executed}, {@code Replayed}</td><td>{@link RetryAdvice#FINAL}</td></tr>
 * <tr><td>the handler's, first or replayed, or the server's</td><td>408, 425, 429, 500 to 599</td>
 *     <td>{@code Executed}, {@code Replayed}</td>
 *     <td>{@link RetryAdvice#SEND_AGAIN}, a few times: a recorded answer stays what it is</td></tr>
 * <tr><td>none: cut, or too late</td><td></td><td>nobody knows</td><td>{@link RetryAdvice#SEND_AGAIN}</td></tr>
 * <tr><td>{@code missing-key}</td><td>400</td><td></td><td>{@link RetryAdvice#CORRECT_FIRST}</td></tr>
 * <tr><td>{@code invalid-key}</td><td>400</td><td></td><td>{@link RetryAdvice#CORRECT_FIRST}</td></tr>
 * <tr><td>{@code invalid-key}</td><td>422</td><td></td><td>{@link RetryAdvice#CORRECT_FIRST}</td></tr>
 * <tr><td>{@code unknown-caller}</td><td>400</td><td></td><td>{@link RetryAdvice#CORRECT_FIRST}</td></tr>
 * <tr><td>{@code body-too-large}</td><td>413</td><td></td><td>{@link RetryAdvice#CORRECT_FIRST}</td></tr>
 * <tr><td>{@code unreadable-body}</td><td>400</td><td></td><td>{@link RetryAdvice#CORRECT_FIRST}</td></tr>
 * <tr><td>{@code key-reused}</td><td>422</td><td>{@code FingerprintMismatch}</td><td>{@link RetryAdvice#CORRECT_FIRST}</td></tr>
 * <tr><td>{@code in-progress}</td><td>409</td><td>{@code InProgress}</td><td>{@link RetryAdvice#SEND_AGAIN}</td></tr>
 * <tr><td>{@code outcome-unknown}</td><td>409</td><td>{@code Unresolved}</td><td>{@link RetryAdvice#FIND_OUT}</td></tr>
 * <tr><td>{@code result-not-kept}</td><td>409</td><td>{@code Unresolved}</td><td>{@link RetryAdvice#FIND_OUT}</td></tr>
 * <tr><td>{@code store-unavailable}</td><td>503</td><td></td><td>{@link RetryAdvice#SEND_AGAIN}</td></tr>
 * <tr><td>{@code unreadable-result}</td><td>500</td><td></td><td>{@link RetryAdvice#FIND_OUT}</td></tr>
 * </table>
 */
@NullMarked
package io.onceguard.http;

import org.jspecify.annotations.NullMarked;
