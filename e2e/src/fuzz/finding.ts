import type { Input } from "./input.ts";

/** What can be wrong. */
export type FindingKind =
  /** The process ended. */
  | "crash"
  /** INTERNAL, UNKNOWN, DATA_LOSS or HTTP 500. */
  | "fault"
  /** A request that was sent whole got no answer, or its connection was cut. */
  | "no-answer"
  /** A line at `error` or `fatal`. */
  | "log-error"
  /** Something on standard output or error that is no line of the log. */
  | "log-raw"
  /** An input's text stands in the log. */
  | "log-leak"
  /** Descriptors or memory that did not come back. */
  | "resources";

/** Something wrong, with an input that shows it where one is known. */
export interface Finding {
  readonly kind: FindingKind;
  readonly input: Input | undefined;
  readonly detail: string;
}

/** Findings that are the same have the same key: kind and words, without their numbers and quotations. Where is another matter: see {@link placeOf}. */
export function keyOf({ kind, detail }: Finding): string {
  const words = detail.replace(/"[^"]*"|'[^']*'|`[^`]*`/g, '"…"').replace(/\d+/g, "0");
  return `${kind} ${words.slice(0, 80)}`;
}

/** The method and protocol of a finding's input, or what kind of bytes it is. */
export function placeOf({ input }: Finding): string {
  if (input?.kind !== "call") return input?.kind ?? "";
  return `${input.path.split(/[?#]/)[0]?.slice(0, 100)} (${input.protocol})`;
}
