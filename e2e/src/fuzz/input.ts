import type { Codec, HeaderList, Protocol } from "./headers.ts";

/** How far a call gets: sent whole, in pieces, given up in the middle, cut off, or reset as soon as it was sent. */
export type Delivery = "whole" | "pieces" | "half" | "cut" | "reset";

/** A call, or what looks like one: the HTTP around it is in order. */
export interface CallInput {
  readonly kind: "call";
  readonly number: number;
  readonly http: 1 | 2;
  readonly verb: string;
  readonly path: string;
  readonly protocol: Protocol;
  readonly codec: Codec;
  /** The answer may go on without an end. */
  readonly isStream: boolean;
  readonly headers: HeaderList;
  readonly body: Buffer;
  readonly delivery: Delivery;
}

/** Bytes on a new connection, in pieces. */
export interface RawInput {
  readonly kind: "http1" | "http2";
  readonly number: number;
  readonly what: string;
  readonly pieces: readonly Buffer[];
  /** Requests among them that are in order and have to be answered. */
  readonly answers: number;
  /** The connection is reset as soon as all is sent. */
  readonly isCut: boolean;
}

export type Input = CallInput | RawInput;

/** The id under which the server logs a call. */
export function requestIdOf(number: number): string {
  return `fuzz-${number}`;
}

/** The number of the input that has this request id; undefined where it is not one of ours. */
export function numberOf(requestId: unknown): number | undefined {
  const digits = typeof requestId === "string" ? /^fuzz-(\d+)$/.exec(requestId)?.[1] : undefined;
  return digits === undefined ? undefined : Number(digits);
}
