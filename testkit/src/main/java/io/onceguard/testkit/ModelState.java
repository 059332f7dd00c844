package io.onceguard.testkit;

import org.jspecify.annotations.Nullable;

/**
 * What the protocol knows of one key: the record, if there is one, and the last token that was given, which outlives
 * the record.
 *
 * @param lastToken the last token; 0 if none was given
 * @param record the record, or null
 */
record ModelState(long lastToken, @Nullable ModelRecord record) {

    /** A key that nobody has used. */
    static final ModelState FRESH = new ModelState(0, null);

    ModelState with(ModelRecord next) {
        return new ModelState(Math.max(lastToken, next.token()), next);
    }

    ModelState withoutRecord() {
        return new ModelState(lastToken, null);
    }
}
