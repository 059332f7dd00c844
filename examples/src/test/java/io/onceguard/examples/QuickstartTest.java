package io.onceguard.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.onceguard.IdempotencyKey;
import io.onceguard.Outcome;
import io.onceguard.Recording;
import io.onceguard.examples.Answer.Kind;
import io.onceguard.examples.Ledger.Charge;
import io.onceguard.memory.InMemoryIdempotencyStore;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class QuickstartTest {

    @TempDir
    private Path folder;

    private PaymentDatabase database;
    private Ledger ledger;
    private Gateway gateway;
    private List<PaymentRequest> requests = List.of();

    @BeforeEach
    void open() throws IOException, SQLException {
        database = PaymentDatabase.open(folder);
        ledger = database.ledger();
        gateway = new SimulatedGateway(ledger);
        requests = PaymentRequestFile.read(PaymentRequestFile.COMMITTED);
    }

    @AfterEach
    void close() {
        database.close();
    }

    @Test
    void everyPaymentIsChargedOnceAndTheSameHourOnTheSameDatabaseChargesNothing() throws Exception {
        Report report = Quickstart.play(PaymentRequestFile.COMMITTED, database, gateway);

        assertThat(report.audit().problems()).isEmpty();
        assertThat(report.status()).isZero();
        assertThat(ledger.charges()).hasSize(PaymentRequestGenerator.PAYMENTS);
        assertThat(report.answers()).filteredOn(Answer::isFinal).hasSameSizeAs(requests);
        assertThat(count(report, Kind.EXECUTED)).isEqualTo(PaymentRequestGenerator.PAYMENTS);
        assertThat(count(report, Kind.UNAVAILABLE)).isEqualTo(gatewayFailures());
        assertThat(count(report, Kind.MISMATCH))
                .isEqualTo(requests.size() - count(report, Kind.EXECUTED) - count(report, Kind.REPLAYED));
        assertThat(report.toString()).endsWith("OK: every payment was charged exactly once.");

        replaysEverythingWhenPlayedAgain();
    }

    private void replaysEverythingWhenPlayedAgain() throws Exception {
        List<Charge> charged = ledger.charges();
        close();
        open();
        Gateway mustNotBeAsked = request -> {
            throw new AssertionError("a second charge of " + request.reference());
        };

        Report report = Quickstart.play(PaymentRequestFile.COMMITTED, database, mustNotBeAsked);

        assertThat(ledger.charges()).isEqualTo(charged).hasSize(PaymentRequestGenerator.PAYMENTS);
        assertThat(report.audit().problems()).isEmpty();
        assertThat(report.status()).isZero();
        assertThat(count(report, Kind.REPLAYED) + count(report, Kind.MISMATCH)).isEqualTo(requests.size());
        assertThat(report.toString())
                .containsPattern("executed +0\n")
                .containsPattern("charged before this run +600\n")
                .containsPattern("charged in this run +0\n")
                .endsWith("OK: every payment was charged exactly once.");
    }

    @Test
    void aClientThatAsksAtTheSameMomentComesBackAndGetsTheReceipt() throws Exception {
        CountDownLatch turnedAway = new CountDownLatch(1);
        Gateway busyUntilOneIsTurnedAway = request -> {
            await(turnedAway);
            return gateway.charge(request);
        };
        PaymentService service = new PaymentService(busyUntilOneIsTurnedAway, InMemoryIdempotencyStore.create());
        requests = List.of(requests.get(0), requests.get(0));

        Report report = play(request -> {
            Outcome<Receipt> outcome = service.pay(request);
            if (outcome instanceof Outcome.InProgress) {
                turnedAway.countDown();
            }
            return outcome;
        });

        assertThat(report.answers())
                .extracting(Answer::kind)
                .containsExactlyInAnyOrder(Kind.EXECUTED, Kind.IN_PROGRESS, Kind.REPLAYED);
        assertThat(report.status()).isZero();
    }

    @Test
    void aDoubleChargeIsFound() throws Exception {
        Gateway chargesOneTwice = request -> {
            if (request.reference().equals("invoice 70048")) {
                ledger.charge(request);
            }
            return gateway.charge(request);
        };

        Report report = playTheBeginning(chargesOneTwice);

        assertThat(report.status()).isEqualTo(1);
        assertThat(report.toString()).contains("1 to 2", "FAILED with 2 problems", "invoice 70048 was charged 2 times");
        assertThat(report.audit().problems()).contains("the amount charged is not the amount owed");
    }

    @Test
    void aPaymentThatIsNotChargedIsFound() throws Exception {
        Gateway forgetsOne = request -> request.reference().equals("invoice 70048")
                ? new Receipt("charge-0", request.amountInCents(), request.currency())
                : gateway.charge(request);

        Report report = playTheBeginning(forgetsOne);

        assertThat(report.status()).isEqualTo(1);
        assertThat(report.toString()).contains("0 to 1", "invoice 70048 was charged 0 times");
    }

    @Test
    void theSameHourWithoutTheLibraryChargesManyPaymentsTwice() throws Exception {
        Report report =
                play(request -> new Outcome.Executed<>(gateway.charge(request), Recording.NOT_RECORDED, "none"));

        assertThat(report.status()).isEqualTo(1);
        assertThat(ledger.charges()).hasSameSizeAs(requests);
    }

    @Test
    void aReplayForAnotherAmountIsFound() throws Exception {
        PaymentService service = new PaymentService(gateway, InMemoryIdempotencyStore.create());
        PaymentRequest payment = requests.get(0);
        PaymentRequest other = payment.withAmount(payment.amountInCents() + 1);
        requests = List.of(payment, other.at(payment.second() + 1));

        Report report = play(request -> service.pay(payment));

        assertThat(report.audit().problems())
                .containsExactly("invoice 70048 was answered with the receipt of something else");
    }

    @Test
    void clientsThatGiveUpAreFound() throws Exception {
        Report report = play(request -> {
            throw new GatewayUnavailableException();
        });

        assertThat(report.status()).isEqualTo(1);
        assertThat(report.audit().problems())
                .contains(requests.size() + " requests were turned away until their clients gave up");
    }

    private Report playTheBeginning(Gateway faulty) throws Exception {
        requests = requests.subList(0, 200);
        return play(new PaymentService(faulty, database.store())::pay);
    }

    private Report play(BusyHour.Service service) throws Exception {
        List<Answer> answers = BusyHour.play(requests, service);
        return new Report(requests, answers, new Audit(requests, answers, ledger.charges()), 0, Duration.ZERO);
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private long gatewayFailures() {
        return requests.stream()
                .filter(firstOfItsPayment())
                .mapToInt(PaymentRequest::gatewayFailures)
                .sum();
    }

    private static Predicate<PaymentRequest> firstOfItsPayment() {
        Set<IdempotencyKey> seen = new HashSet<>();
        return request -> seen.add(request.idempotencyKey());
    }

    private static long count(Report report, Kind kind) {
        return report.answers().stream().filter(answer -> answer.kind() == kind).count();
    }
}
