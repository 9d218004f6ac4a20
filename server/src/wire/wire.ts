import type { DescMessage, DescMethodServerStreaming, DescMethodUnary, MessageShape } from "@bufbuild/protobuf";
import type { Payload } from "./payload.ts";

/**
 * Lean endpoints for hot methods: the three protocols (gRPC, gRPC-web, Connect) answered straight from the Node request and
 * response, without the async iterators, header objects and abort controllers of Connect's stock pipeline. What a client sees is
 * the same: codes, details, trailers, timeouts, compression, limits. Everything not registered here goes through Connect.
 */
export interface WireContext {
  /** A request header, lower-case name; of repeated ones the first. */
  header(name: string): string | undefined;
  /** For logs. */
  readonly requestId: string;
  /** How the messages of this call are encoded. */
  readonly codec: "binary" | "json";
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
  /** Calls back once when the stream is over, for whatever reason. */
  onEnd(listener: () => void): void;
}

/** What a router holds. */
export interface WireRoutes {
  unary<I extends DescMessage, O extends DescMessage>(method: DescMethodUnary<I, O>, handler: UnaryHandler<I, O>): void;
  stream<I extends DescMessage, O extends DescMessage>(
    method: DescMethodServerStreaming<I, O>,
    handler: StreamHandler<I>,
  ): void;
}
