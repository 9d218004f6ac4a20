import { Code, ConnectError } from "@connectrpc/connect";
import { PLATFORM_TIMERS, type Timers } from "../environment.ts";
import { callEnding } from "./call-ending.ts";
import type { WireCall } from "./call.ts";
import { ANSWER_HEADERS, responseType } from "./content-type.ts";
import { startDeadline } from "./deadline.ts";
import { abandon, isGone, type NodeResponse, sendHead } from "./node-http.ts";
import type { Payload } from "./payload.ts";
import { createStreamBody, type StreamBody } from "./stream-body.ts";
import type { FrameStream } from "./wire.ts";

/** How long a reader may take to read what still waits when its stream has ended, before it is dropped. */
export const STREAM_LINGER_MS = 5_000;

interface FrameStreamOptions {
  readonly response: NodeResponse;
  readonly call: WireCall;
  readonly requestId: string;
  readonly toConnectError: (error: unknown) => ConnectError;
  /** Called once, with the error as it was sent, or `canceled` when the client went first. */
  readonly onEnded: (error: ConnectError | undefined) => void;
  readonly timers?: Timers;
}

/** Opens the sending side of a stream over a Node response. */
export function createFrameStream(options: FrameStreamOptions): FrameStream {
  return new ResponseStream(options);
}

/** A class, so that a write touches one object: with thousands of streams, each of them is far from the processor. */
class ResponseStream implements FrameStream {
  ended = false;
  #sink: StreamBody["sink"] | undefined;
  #form: StreamBody["form"] = "bytes";
  #isBlocked = false;
  #waiters: (() => void)[] = [];
  #isClosed = false;
  readonly #listeners: (() => void)[] = [];
  readonly #closeListeners: (() => void)[] = [];
  readonly #options: FrameStreamOptions;
  readonly #endDeadline: () => void;

  constructor(options: FrameStreamOptions) {
    this.#options = options;
    options.response.once("close", () => {
      if (!this.ended) this.#over(new ConnectError("the client went away", Code.Canceled));
      this.#isClosed = true;
      for (const listener of this.#closeListeners) listener();
    });
    this.#endDeadline = startDeadline(options.call.timeoutMs, (error) => this.end(error), options.timers);
  }

  write(payload: Payload): boolean {
    if (this.ended) return true;
    const sink = this.#sink ?? this.#open();
    if (sink.write(payload[this.#form])) return true;
    this.#isBlocked = true;
    return false;
  }

  get queuedBytes(): number {
    return this.ended || !this.#sink ? 0 : this.#sink.writableLength;
  }

  drained(): Promise<void> {
    if (this.ended || !this.#isBlocked) return Promise.resolve();
    return new Promise((resolve) => this.#waiters.push(resolve));
  }

  end(reason?: unknown): void {
    if (this.ended) return;
    const { response, toConnectError } = this.#options;
    const error = reason === undefined ? undefined : toConnectError(reason);
    this.#over(error);
    if (isGone(response)) return;
    try {
      this.#sendEnding(error);
    } catch {
      abandon(response); // an ending that can't be written: the client sees the stream break off, and resumes
    }
  }

  onEnd(listener: () => void): void {
    if (this.ended) listener();
    else this.#listeners.push(listener);
  }

  onClosed(listener: () => void): void {
    if (this.#isClosed) listener();
    else this.#closeListeners.push(listener);
  }

  #sendEnding(error: ConnectError | undefined): void {
    const { response, call, requestId, timers = PLATFORM_TIMERS } = this.#options;
    this.#sendHeaders();
    const { trailers, body } = callEnding(call.protocol, error, requestId);
    if (trailers) response.addTrailers(trailers);
    if (body) response.end(body);
    else response.end();
    const linger = timers.setTimeout(() => abandon(response), STREAM_LINGER_MS);
    response.once("close", () => timers.clearTimeout(linger));
  }

  #open(): StreamBody["sink"] {
    this.#sendHeaders();
    const { sink, form } = createStreamBody(this.#options.response, () => {
      this.#isBlocked = false;
      this.#wake();
    });
    this.#sink = sink;
    this.#form = form;
    return sink;
  }

  #sendHeaders(): void {
    const { response, call, requestId } = this.#options;
    if (response.headersSent) return;
    sendHead(response, 200, {
      "content-type": responseType(call),
      ...ANSWER_HEADERS,
      "x-accel-buffering": "no",
      "x-request-id": requestId,
    });
  }

  #over(error: ConnectError | undefined): void {
    if (this.ended) return;
    this.ended = true;
    this.#endDeadline();
    for (const listener of this.#listeners) listener();
    this.#wake();
    this.#options.onEnded(error);
  }

  #wake(): void {
    const woken = this.#waiters;
    this.#waiters = [];
    for (const resume of woken) resume();
  }
}
