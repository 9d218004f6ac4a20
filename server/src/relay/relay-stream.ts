import { accountRemoved } from "../auth/account-removed.ts";
import { ChatError } from "../errors.ts";
import type { Frame } from "../hub/frame.ts";
import type { Listener } from "../hub/hub.ts";
import type { Payload } from "../wire/payload.ts";
import type { FrameStream } from "../wire/wire.ts";
import type { createBurst, FrameCodec } from "./burst.ts";
import { STREAM_QUEUE_MAX_BYTES, STREAM_STALL_MS } from "./limits.ts";

interface RelayStreamOptions {
  readonly stream: FrameStream;
  readonly codec: FrameCodec;
  /** Person id. */
  readonly person: number;
  readonly sessionId: string;
  readonly cursor: number;
  readonly endsAt: number;
  readonly burst: ReturnType<typeof createBurst>;
}

/** One Subscribe stream: a bounded queue between the hub and a socket. */
export class RelayStream implements Listener {
  /** Person id. */
  readonly person: number;
  readonly sessionId: string;
  /** When the stream is to end for the sake of balance, by the relay's clock. */
  readonly endsAt: number;
  /** Events at or below are dropped: the client has them. Moves with what is written. */
  cursor: number;
  /** Whether it has caught up: a heartbeat says so, and is sent only then. */
  isLive = false;
  readonly #stream: FrameStream;
  readonly #codec: FrameCodec;
  readonly #burst: ReturnType<typeof createBurst>;
  /** What is to be written at the end of this turn: mostly one frame, which needs no array. */
  #first: Frame | undefined;
  #rest: Frame[] | undefined;
  /** Bytes of the last page of catch-up, which may still wait. */
  #pageBytes = 0;
  #written = 0;
  #lastTaken = 0;
  #stalledSince: number | undefined;

  constructor(options: RelayStreamOptions) {
    this.person = options.person;
    this.sessionId = options.sessionId;
    this.endsAt = options.endsAt;
    this.cursor = options.cursor;
    this.#stream = options.stream;
    this.#codec = options.codec;
    this.#burst = options.burst;
  }

  enqueue(frame: Frame): boolean {
    if (frame.seq <= this.cursor) return false;
    if (frame.endsEvent) this.cursor = frame.seq;
    if (!this.#first) {
      this.#first = frame;
      return true;
    }
    (this.#rest ??= [this.#first]).push(frame);
    return false;
  }

  flush(): void {
    const only = this.#first;
    if (!only) return;
    const frames = this.#rest;
    this.#first = undefined;
    this.#rest = undefined;
    this.#write(frames ? this.#burst.join(frames, this.#codec) : only[this.#codec]);
  }

  /** Writes frames at once, outside the hub's turns: ready, reset, catch-up, heartbeats. */
  writeNow(frames: readonly Frame[]): void {
    if (frames.length > 0) this.#write(this.#burst.join(frames, this.#codec));
  }

  /** Writes a page of catch-up, for which the stream is never called slow: what may wait is counted beyond it. */
  writePage(frames: readonly Frame[]): void {
    const page = this.#burst.join(frames, this.#codec);
    this.#pageBytes = page.bytes.length;
    this.#write(page);
  }

  /** Ends the stream if its reader has taken nothing for too long. */
  checkStall(now: number): void {
    // By what was taken, not by what waits: over HTTP/2 what was written in this turn always still waits.
    const taken = this.#written - this.#stream.queuedBytes;
    if (taken === this.#written || taken > this.#lastTaken) this.#stalledSince = undefined;
    else this.#stalledSince ??= now;
    this.#lastTaken = taken;
    if (this.#stalledSince !== undefined && now - this.#stalledSince >= STREAM_STALL_MS)
      this.end(new ChatError("resource_exhausted", "You stopped reading. Resume from your cursor."));
  }

  part(): void {
    this.end(accountRemoved());
  }

  end(error: unknown): void {
    this.#stream.end(error);
  }

  #write(payload: Payload): void {
    this.#written += payload.bytes.length;
    const isShort = this.#stream.write(payload);
    if (isShort || this.#stream.queuedBytes <= STREAM_QUEUE_MAX_BYTES + this.#pageBytes) return;
    this.end(
      new ChatError("resource_exhausted", "You read too slowly. Resume from your cursor.", {
        details: { retryAfterMs: 0 },
      }),
    );
  }
}
