package io.onceguard;

/** Decides what a run leaves open: who goes on, what breaks, when time passes. */
interface SimChoices {

    /**
     * Picks one of several options, at least two. Option 0 is always the plain one: go on, nothing breaks.
     *
     * @param options the options as {@link SimOption} codes
     * @param count how many of them there are
     * @return the index of the picked one
     */
    int pick(int[] options, int count);
}
