package io.onceguard.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class SightingsTest {

    private final Sightings sightings = new Sightings();

    private static ByteBuffer digest(int firstBits) {
        return ByteBuffer.allocate(32).putInt(firstBits).clear();
    }

    @Test
    void whatWasMetIsKnownAndNothingElse() {
        sightings.add(digest(0x1234_5678));

        assertThat(sightings.has(digest(0x1234_5678))).isTrue();
        assertThat(sightings.has(digest(0x1234_5679))).as("another place").isFalse();
        assertThat(sightings.has(digest(0x7234_5678))).as("the same place").isFalse();
    }

    @Test
    void theLaterOfTwoThatShareAPlaceIsKnown() {
        sightings.add(digest(0x1234_5678));
        sightings.add(digest(0x7234_5678));

        assertThat(sightings.has(digest(0x1234_5678))).isFalse();
        assertThat(sightings.has(digest(0x7234_5678))).isTrue();
    }

    @Test
    void othersAreThoughtNewAfterSixteenInARow() {
        for (int i = 0; i < 15; i++) {
            sightings.judge(true);
        }
        assertThat(sightings.othersAreNew()).isFalse();
        sightings.judge(true);
        assertThat(sightings.othersAreNew()).isTrue();
        sightings.judge(true);
        sightings.judge(false);
        assertThat(sightings.othersAreNew()).isFalse();
    }
}
