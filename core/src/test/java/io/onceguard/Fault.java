package io.onceguard;

import io.onceguard.spi.StoreException;
import java.util.function.Supplier;

/** What befalls one call of a {@link FaultyStore}. */
@FunctionalInterface
interface Fault {

    /** Makes the call, or not, and returns its answer, or not. */
    <R> R befall(Supplier<R> call);

    /** Fails before the call is applied, and the store knows it. */
    static Fault refused() {
        return throwing(new StoreException("fault: refused", false, null));
    }

    /** Fails before the call is applied, but the store cannot know that. */
    static Fault lostRequest() {
        return throwing(new StoreException("fault: lost request", true, null));
    }

    /** Applies the call and loses the reply. */
    static Fault lostReply() {
        return new Fault() {
            @Override
            public <R> R befall(Supplier<R> call) {
                R unused = call.get();
                throw new StoreException("fault: lost reply", true, null);
            }
        };
    }

    /** Fails before the call is applied with an exception that no store may throw. */
    static Fault foreign() {
        return throwing(new IllegalStateException("fault: foreign"));
    }

    /** Fails before the call is applied. */
    static Fault throwing(RuntimeException failure) {
        return new Fault() {
            @Override
            public <R> R befall(Supplier<R> call) {
                throw failure;
            }
        };
    }

    /** Blocks before the call is applied. */
    static Fault hangsBefore(ManualPlatform.Gate gate) {
        return before(gate::awaitUninterruptibly);
    }

    /** Applies the call and blocks before the answer. */
    static Fault hangsAfter(ManualPlatform.Gate gate) {
        return new Fault() {
            @Override
            public <R> R befall(Supplier<R> call) {
                R answer = call.get();
                gate.awaitUninterruptibly();
                return answer;
            }
        };
    }

    /** Does something before the call. */
    static Fault before(Runnable action) {
        return new Fault() {
            @Override
            public <R> R befall(Supplier<R> call) {
                action.run();
                return call.get();
            }
        };
    }

    /** This fault, then the other one inside it, in place of the call. */
    default Fault then(Fault other) {
        Fault first = this;
        return new Fault() {
            @Override
            public <R> R befall(Supplier<R> call) {
                return first.befall(() -> other.befall(call));
            }
        };
    }
}
