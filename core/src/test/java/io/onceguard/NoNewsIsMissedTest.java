package io.onceguard;

import static io.onceguard.Scene.INPUT;
import static io.onceguard.Scene.KEY;
import static org.assertj.core.api.Assertions.assertThat;

import io.onceguard.ManualPlatform.Caller;
import io.onceguard.Outcome.Executed;
import io.onceguard.Scene.Counted;
import io.onceguard.Scene.Gated;
import io.onceguard.Scene.Kind;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What happens between a follower's look at its leader and its going to sleep must wake it all the same. */
@EachVariant
class NoNewsIsMissedTest {

    private final Scene scene;
    private final IdempotencyExecutor<String> executor;
    private final Gated gated;
    private final Counted work = new Counted();
    private volatile @Nullable Runnable news;

    NoNewsIsMissedTest(Guarantee guarantee, Kind kind) {
        this.scene = new Scene(kind);
        this.gated = new Gated(scene.platform.gate());
        this.executor = scene.with(guarantee).listener(new BreakingNews()).build();
    }

    /** A follower without a fingerprint tells its listener so right after it has looked at its leader. */
    private final class BreakingNews implements IdempotencyListener {
        @Override
        public void onFingerprintNotCompared(FingerprintNotCompared event) {
            Runnable happens = news;
            if (happens != null) {
                news = null;
                happens.run();
            }
        }
    }

    private Caller<Outcome<String>> startFollower(Runnable whileItFallsAsleep) {
        news = whileItFallsAsleep;
        IdempotentCall call =
                IdempotentCall.of(KEY, Fingerprint.none()).waiting(WaitPolicy.upTo(Duration.ofSeconds(100)));
        Caller<Outcome<String>> follower = scene.start(() -> executor.execute(call, work));
        assertThat(news).as("what was to happen").isNull();
        return follower;
    }

    @Test
    void leaderEnds() {
        Caller<Outcome<String>> leader = scene.start(() -> executor.execute(KEY, INPUT, gated));

        Caller<Outcome<String>> follower = startFollower(gated.gate::openAndSettle);

        assertThat(leader.isDone()).isTrue();

        assertThat(follower.isDone()).isTrue();
        assertThat(follower.result().isReplay()).isTrue();
    }

    @Test
    void leaderLosesItsLease() {
        Caller<Outcome<String>> leader = scene.start(() -> executor.execute(KEY, INPUT, gated));

        Caller<Outcome<String>> follower =
                startFollower(() -> assertThat(executor.forget(KEY)).isTrue());

        assertThat(follower.isDone()).isTrue();
        assertThat(follower.result()).isInstanceOf(Executed.class);
        gated.gate.open();
        assertThat(leader.result().isReplay()).isTrue();
    }
}
