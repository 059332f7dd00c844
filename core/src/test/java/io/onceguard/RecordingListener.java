package io.onceguard;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Keeps all events in the order in which they came. */
final class RecordingListener implements IdempotencyListener {

    private final List<Object> events = new CopyOnWriteArrayList<>();

    List<Object> events() {
        return List.copyOf(events);
    }

    /** The events of one type. */
    <E> List<E> of(Class<E> type) {
        return events.stream().filter(type::isInstance).map(type::cast).toList();
    }

    void clear() {
        events.clear();
    }

    @Override
    public void onCallEnded(CallEnded event) {
        events.add(event);
    }

    @Override
    public void onFailureReplayed(FailureReplayed event) {
        events.add(event);
    }

    @Override
    public void onWorkFailed(WorkFailed event) {
        events.add(event);
    }

    @Override
    public void onStoreFailed(StoreFailed event) {
        events.add(event);
    }

    @Override
    public void onRanUnguarded(RanUnguarded event) {
        events.add(event);
    }

    @Override
    public void onLeaseLost(LeaseLost event) {
        events.add(event);
    }

    @Override
    public void onWriteDeferred(WriteDeferred event) {
        events.add(event);
    }

    @Override
    public void onResultNotKept(ResultNotKept event) {
        events.add(event);
    }

    @Override
    public void onResultStored(ResultStored event) {
        events.add(event);
    }

    @Override
    public void onFingerprintNotCompared(FingerprintNotCompared event) {
        events.add(event);
    }

    @Override
    public void onRecovered(Recovered event) {
        events.add(event);
    }
}
