import type { Recorder, WatchRecorder } from "../../../chaos/src/recorder.ts";

/** The record of a client's stream, in parts where its log became another one. */
export interface RestartingWatch extends WatchRecorder {
  /** The record that is written now. */
  readonly current: WatchRecorder;
  /** What follows begins a record of its own. */
  startAnew(): void;
}

/** A record of a stream that begins again after a reset: the log before was another one. */
export function restarting(
  recorder: Recorder,
  client: string,
  user: string,
  continues: WatchRecorder | undefined,
  onReset: () => void,
  onCaughtUp: () => void,
): RestartingWatch {
  let number = 0;
  let current = recorder.watch(client, user, { continues, hasListeners: true });
  function startAnew(): void {
    current.ended();
    current = recorder.watch(`${client} part ${++number}`, user, { hasListeners: true });
  }
  return {
    get client() {
      return current.client;
    },
    get current() {
      return current;
    },
    startAnew,
    opened: (from) => current.opened(from),
    delivered(row, isLive, seq) {
      if (!isLive) onCaughtUp();
      current.delivered(row, isLive, seq);
    },
    caughtUp: (seq) => current.caughtUp(seq),
    reset(from) {
      onReset();
      startAnew();
      current.opened(from);
    },
    told: (row) => current.told(row),
    lost: () => current.lost(),
    ended: (isWhole) => current.ended(isWhole),
    get isOpen() {
      return current.isOpen;
    },
    get to() {
      return current.to;
    },
  };
}
