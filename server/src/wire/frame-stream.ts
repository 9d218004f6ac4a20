import { Code, ConnectError } from "@connectrpc/connect";
import { callEnding } from "./call-ending.ts";
import type { WireCall } from "./call.ts";
import { responseType } from "./content-type.ts";
import { startDeadline } from "./deadline.ts";
import { abandon, isGone, type NodeResponse, sendHead } from "./node-http.ts";
import { createStreamBody, type StreamBody } from "./stream-body.ts";
import type { FrameStream } from "./wire.ts";

/** How long a reader may take to read what still waits when its stream has ended, before it is dropped. */
export const STREAM_LINGER_MS = 5_000;

/** Opens the sending side of a stream over a Node response. */
export function createFrameStream(options: {
  response: NodeResponse;
  call: WireCall;
  requestId: string;
  toConnectError: (error: unknown) => ConnectError;
  /** Called once, with the error as it was sent, or `canceled` when the client went first. */
  onEnded: (error: ConnectError | undefined) => void;
}): FrameStream {
  const { response, call, requestId, toConnectError } = options;
  const listeners: (() => void)[] = [];
  let waiters: (() => void)[] = [];
  let isBlocked = false;
  let ended = false;
  let body: StreamBody | undefined;

  response.once("close", () => {
    if (!ended) over(new ConnectError("the client went away", Code.Canceled));
  });
  const endDeadline = startDeadline(call.timeoutMs, end);

  function wake(): void {
    const woken = waiters;
    waiters = [];
    for (const resume of woken) resume();
  }

  function over(error: ConnectError | undefined): void {
    if (ended) return;
    ended = true;
    endDeadline();
    for (const listener of listeners) listener();
    wake();
    options.onEnded(error);
  }

  function onDrain(): void {
    isBlocked = false;
    wake();
  }

  function sendHeaders(): void {
    if (response.headersSent) return;
    sendHead(response, 200, {
      "content-type": responseType(call),
      "cache-control": "no-store",
      "x-accel-buffering": "no",
      "x-request-id": requestId,
    });
  }

  function open(): StreamBody {
    sendHeaders();
    return createStreamBody(response, onDrain);
  }

  function end(reason?: unknown): void {
    if (ended) return;
    const error = reason === undefined ? undefined : toConnectError(reason);
    over(error);
    if (isGone(response)) return;
    sendHeaders();
    const { trailers, body: last } = callEnding(call.protocol, error);
    if (trailers) response.addTrailers(trailers);
    if (last) response.end(last);
    else response.end();
    const linger = setTimeout(() => abandon(response), STREAM_LINGER_MS).unref();
    response.once("close", () => clearTimeout(linger));
  }

  return {
    write(payload) {
      if (ended) return true;
      body ??= open();
      if (body.write(payload)) return true;
      isBlocked = true;
      return false;
    },
    get queuedBytes() {
      return ended || !body ? 0 : body.queuedBytes;
    },
    drained() {
      if (ended || !isBlocked) return Promise.resolve();
      return new Promise((resolve) => waiters.push(resolve));
    },
    get ended() {
      return ended;
    },
    end,
    onEnd(listener) {
      if (ended) listener();
      else listeners.push(listener);
    },
  };
}
