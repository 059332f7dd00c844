package io.onceguard;

/** What became of the value of a work that ran now. */
public enum Recording {
    /** The store has the result; every later caller gets it. */
    RECORDED(false),
    /** Nothing was stored, as the policy or the work wished, or because the call had no key. The key is free. */
    NOT_RECORDED(false),
    /** The result is written in the caller's open transaction and becomes final with its commit. */
    IN_TRANSACTION(false),
    /** The store knows that the work was done, but not its value: it was too large or could not be encoded. */
    RESULT_NOT_KEPT(false),
    /** The store could not be reached after the work. The write goes on being retried in the background. */
    DEFERRED(true),
    /** The store could not be reached before the work, which ran unprotected because the operation fails open. */
    UNGUARDED(true),
    /** The attempt had lost its lease when its work ended; another attempt may have run, or may run, too. */
    LEASE_LOST(true);

    private final boolean provisional;

    Recording(boolean provisional) {
        this.provisional = provisional;
    }

    /** Returns whether other callers may come to see another answer than this one. */
    public boolean isProvisional() {
        return provisional;
    }
}
