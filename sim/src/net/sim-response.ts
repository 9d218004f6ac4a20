import { EventEmitter } from "node:events";
import { Readable } from "node:stream";
import type { NodeRequest, NodeResponse } from "../../../server/src/wire/node-http.ts";

/** Bytes that a connection takes before it says that it is full. */
const HIGH_WATER_BYTES = 16 * 1024;

/** What becomes of what a server answers. */
export interface ResponseSink {
  head(status: number, headers: Headers): void;
  /** Calls `taken` once the other side has it. */
  chunk(bytes: Uint8Array, taken: () => void): void;
  end(trailer: Headers, taken: () => void): void;
  /** The server breaks it off. */
  broken(): void;
}

/** The server's end of one answer, as far as the server asks anything of one. */
export class SimResponse extends EventEmitter {
  headersSent = false;
  destroyed = false;
  writableEnded = false;
  /** Bytes that were written and that the client does not have yet. */
  writableLength = 0;
  readonly socket = null;
  readonly chunkedEncoding = false;
  readonly #sink: ResponseSink;
  readonly #trailer = new Headers();
  #isFull = false;

  constructor(sink: ResponseSink) {
    super();
    this.setMaxListeners(0);
    this.#sink = sink;
  }

  writeHead(status: number, headers: Readonly<Record<string, string | number>>): void {
    this.headersSent = true;
    this.#sink.head(status, new Headers(Object.entries(headers).map(([name, value]) => [name, String(value)])));
  }

  write(bytes: Uint8Array): boolean {
    if (this.destroyed || this.writableEnded) return false;
    const { length } = bytes;
    this.writableLength += length;
    // A copy: the server writes the same bytes to several streams.
    this.#sink.chunk(bytes, () => this.#taken(length));
    this.#isFull ||= this.writableLength >= HIGH_WATER_BYTES;
    return !this.#isFull;
  }

  addTrailers(trailers: Readonly<Record<string, string>>): void {
    for (const [name, value] of Object.entries(trailers)) this.#trailer.set(name, value);
  }

  end(body?: Uint8Array): void {
    if (body) this.write(body);
    this.writableEnded = true;
    this.#sink.end(this.#trailer, () => this.close());
  }

  destroy(): void {
    if (this.destroyed) return;
    this.#sink.broken();
    this.close();
  }

  /** The connection is over, by whichever end. */
  close(): void {
    if (this.destroyed) return;
    this.destroyed = true;
    this.emit("close");
  }

  #taken(length: number): void {
    this.writableLength -= length;
    if (!this.#isFull || this.writableLength >= HIGH_WATER_BYTES / 2) return;
    this.#isFull = false;
    this.emit("drain");
  }

  /** As the server's code calls it. */
  get asNode(): NodeResponse {
    return this as unknown as NodeResponse;
  }
}

/** A request that has arrived in full. */
export function createSimRequest(request: {
  url: string;
  headers: Headers;
  body: Uint8Array;
  address: string;
}): NodeRequest {
  const stream = Readable.from([request.body], { objectMode: false });
  return Object.assign(stream, {
    method: "POST",
    url: new URL(request.url).pathname,
    headers: Object.fromEntries(request.headers),
    socket: { remoteAddress: request.address },
    complete: true,
  }) as unknown as NodeRequest;
}
