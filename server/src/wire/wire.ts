import type { DescMessage, DescMethodServerStreaming, DescMethodUnary, MessageShape } from "@bufbuild/protobuf";
import type { Caller } from "../auth/auth.ts";
import type { CallCost } from "../limits/call-cost.ts";
import type { Payload } from "./payload.ts";

/** What the router has to know of a method before it reads a request. */
export interface MethodPolicy {
  /** Whether only signed-in people may call it. */
  readonly needsToken: boolean;
  /** Whether a token will do whose session is over. */
  readonly sessionMayBeOver?: boolean;
  readonly cost: CallCost;
  /** Largest message that is read, in bytes; the router's own bound where it is left out. */
  readonly readMaxBytes?: number;
}

/** One call, as its handler sees it. */
export interface WireContext {
  /** A request header, lower-case name; of repeated ones the first. */
  header(name: string): string | undefined;
  /** For logs. */
  readonly requestId: string;
  /** How the messages of this call are encoded. */
  readonly codec: "binary" | "json";
  /** The client's address. */
  readonly address: string;
  /** Who calls; undefined for methods without a token. */
  readonly caller: Caller | undefined;
}

/** A response that is encoded already: rows are stored as clients get them. Spliced for binary callers, decoded for JSON ones. */
export interface EncodedMessage {
  readonly encoded: Uint8Array;
}

/** Answers one unary call. Throw ChatError or ConnectError to refuse. A handler that has the answer at once need not be async. */
export type UnaryHandler<I extends DescMessage, O extends DescMessage> = (
  request: MessageShape<I>,
  context: WireContext,
) => Answer<O> | Promise<Answer<O>>;

/** What a unary call is answered with. */
export type Answer<O extends DescMessage> = MessageShape<O> | EncodedMessage;

/** Serves one stream: may write for as long as it likes after returning; the stream ends by `end` or with the connection. Throwing ends it. */
export type StreamHandler<I extends DescMessage> = (
  request: MessageShape<I>,
  context: WireContext,
  stream: FrameStream,
) => void | Promise<void>;

/** The sending side of one server stream. Takes messages that are already enveloped (5-byte prefix and message), so that one payload serves many streams. */
export interface FrameStream {
  /**
   * Hands a payload to the socket in one write. Headers leave with the first. Does nothing once the stream ended. Returns whether queuedBytes is below the
   * stream's high-water mark (Node's: 16 to 64 KiB).
   */
  write(enveloped: Payload): boolean;
  /** Bytes handed over that the kernel (and, over HTTP/2, the peer's window) has not taken yet. */
  readonly queuedBytes: number;
  /** Resolves when queuedBytes has fallen below the stream's high-water mark, or the stream ended. */
  drained(): Promise<void>;
  readonly ended: boolean;
  /** Ends the stream: OK, or with the error in the protocol's own way (trailers, trailer frame, end-of-stream message). Queued bytes are still delivered. */
  end(error?: unknown): void;
  /** Calls back once when the stream is over, for whatever reason. What is queued may still wait. */
  onEnd(listener: () => void): void;
  /** Calls back once when nothing of the stream is held any more: its bytes are gone, or dropped. Never before `onEnd`. */
  onClosed(listener: () => void): void;
}

/** What a router holds. */
export interface WireRoutes {
  unary<I extends DescMessage, O extends DescMessage>(
    method: DescMethodUnary<I, O>,
    policy: MethodPolicy,
    handler: UnaryHandler<I, O>,
  ): void;
  stream<I extends DescMessage, O extends DescMessage>(
    method: DescMethodServerStreaming<I, O>,
    policy: MethodPolicy,
    handler: StreamHandler<I>,
  ): void;
}
