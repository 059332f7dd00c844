/**
 * Message consumers that are safe to redeliver to: {@link io.onceguard.messaging.IdempotentConsumer} handles each message
 * once and says what is to be told to the broker. No broker's client is needed or known here.
 *
 * <pre>{@code
 * IdempotentConsumer<Delivery> consumer = IdempotentConsumer.of(
 *                 bookings, (Delivery delivery) -> IdempotencyKey.of("orders", delivery.messageId()))
 *         .fingerprint(delivery -> Fingerprint.of(delivery.body()))
 *         .action(delivery -> ledger.book(delivery))
 *         .attemptLimit(5)
 *         .build();
 *
 * Disposition disposition = consumer.accept(delivery);
 * if (disposition.isDone()) {
 *     channel.acknowledge(delivery);
 * } else if (disposition instanceof Disposition.RetryLater later) {
 *     channel.redeliver(delivery, later.delay());
 * } else {
 *     channel.deadLetter(delivery);
 * }
 * }</pre>
 *
 * <p>Acknowledge after the disposition, never before it. Keep records for longer than the broker may take to deliver a
 * message again.
 *
 * <p>What happened, and what the broker is told:
 *
 * <table>
 * <caption>Dispositions</caption>
 * <tr><th>what happened</th><th>disposition</th></tr>
 * <tr><td>the handler returned, whatever became of its result ({@link io.onceguard.Recording})</td>
 *     <td>{@code Processed(recording)}</td></tr>
 * <tr><td>the handler threw, and its failure was recorded (policy RECORD)</td><td>{@code Processed(RECORDED, failure)}</td></tr>
 * <tr><td>handled before: a replay of the result, of the recorded failure, or without a kept result</td>
 *     <td>{@code Duplicate}</td></tr>
 * <tr><td>the same key twice in one batch, and the first was processed</td><td>{@code Duplicate}</td></tr>
 * <tr><td>somebody else is at work on it</td><td>{@code RetryLater(IN_PROGRESS)}</td></tr>
 * <tr><td>the store or the database failed; the handler was not run, or what it wrote was rolled back</td>
 *     <td>{@code RetryLater(STORE_FAILED)}</td></tr>
 * <tr><td>the handler threw, and a further delivery may run it again (policy RELEASE; HOLD where the operation takes held
 *     records over)</td><td>{@code RetryLater(HANDLER_FAILED)}, or at the attempt limit
 *     {@code Rejected(ATTEMPTS_EXHAUSTED)}</td></tr>
 * <tr><td>the handler threw when its attempt had lost the record, so that its failure is not the record's</td>
 *     <td>as above</td></tr>
 * <tr><td>the handler threw, and the record was put on hold for good</td><td>{@code Rejected(HELD)}</td></tr>
 * <tr><td>the handler was not begun: the thread is interrupted, the batch's threads refused the task, or the lease was
 *     lost before its turn</td><td>{@code RetryLater(NOT_STARTED)}</td></tr>
 * <tr><td>the key was used for another input, in the store or earlier in the batch</td>
 *     <td>{@code Rejected(KEY_REUSED)}</td></tr>
 * <tr><td>the record is on hold</td><td>{@code Rejected(HELD)}</td></tr>
 * <tr><td>an earlier attempt died, and the operation may not run it again</td><td>{@code Rejected(INTERRUPTED)}</td></tr>
 * <tr><td>delivered once more after the attempt limit; the handler was not run</td>
 *     <td>{@code Rejected(ATTEMPTS_EXHAUSTED)}</td></tr>
 * <tr><td>handled before, but the result cannot be read by this program</td><td>{@code Rejected(RESULT_UNREADABLE)}</td></tr>
 * <tr><td>no valid key, fingerprint or origin id could be taken from the message; nothing was touched</td>
 *     <td>{@code Rejected(INVALID_MESSAGE)}</td></tr>
 * <tr><td>an {@code Error}, from the handler or an extractor</td><td>thrown</td></tr>
 * </table>
 */
@NullMarked
package io.onceguard.messaging;

import org.jspecify.annotations.NullMarked;
