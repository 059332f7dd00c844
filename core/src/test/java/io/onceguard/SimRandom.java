package io.onceguard;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/** Picks at random from one seed, mostly the plain option, and keeps the picks for a repetition. */
final class SimRandom implements SimChoices {

    private static final double[] LEVELS = {0, 0.02, 0.1, 0.3};

    private final SplittableRandom random;
    private final double switches;
    private final double faults;
    private final double time;
    private int[] picks = new int[64];
    private int length;

    SimRandom(long seed) {
        random = new SplittableRandom(seed);
        switches = LEVELS[1 + random.nextInt(3)];
        faults = LEVELS[random.nextInt(4)];
        time = LEVELS[random.nextInt(3)];
    }

    List<Integer> picks() {
        return Arrays.stream(picks, 0, length).boxed().toList();
    }

    @Override
    public int pick(int[] options, int count) {
        int picked = options[0] >= SimOption.THREAD ? next(options, count) : deviate(options, count);
        if (length == picks.length) {
            picks = Arrays.copyOf(picks, 2 * length);
        }
        picks[length++] = picked;
        return picked;
    }

    /** Nobody can go on by right: any thread is as good as another. */
    private int next(int[] options, int count) {
        int runnable = 1;
        while (runnable < count && options[runnable] >= SimOption.THREAD) {
            runnable++;
        }
        return runnable < count && random.nextDouble() < time
                ? runnable + random.nextInt(count - runnable)
                : random.nextInt(runnable);
    }

    private int deviate(int[] options, int count) {
        int candidate = 1 + random.nextInt(count - 1);
        int option = options[candidate];
        double chance = SimOption.isFault(option)
                ? faults
                : option >= SimOption.DELIVER ? switches : option == SimOption.CRASH ? time / 10 : time;
        return random.nextDouble() < chance ? candidate : 0;
    }
}
