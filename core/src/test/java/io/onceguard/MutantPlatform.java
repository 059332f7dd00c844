package io.onceguard;

/** Passes every call on; a mutant overrides what it does wrong. */
class MutantPlatform implements Platform {

    final SimPlatform real;

    MutantPlatform(SimPlatform real) {
        this.real = real;
    }

    @Override
    public long nanoTime() {
        return real.nanoTime();
    }

    @Override
    public void park(Object blocker, long nanos) {
        real.park(blocker, nanos);
    }

    @Override
    public void unpark(Thread thread) {
        real.unpark(thread);
    }

    @Override
    public Thread start(String name, Runnable body) {
        return real.start(name, body);
    }

    @Override
    public double random() {
        return real.random();
    }
}
