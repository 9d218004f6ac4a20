import { abandon, isGone, type NodeResponse } from "../wire/node-http.ts";
import type { RequestKind } from "./limits.ts";
import type { Origin } from "./origin.ts";
import type { AddressUsage } from "./usage.ts";

/** A request that was let in. */
export interface AdmittedRequest {
  /** Ends it without an answer: its HTTP/2 stream, or its HTTP/1.1 connection. Does nothing once it is over. */
  drop(): void;
}

/** A request from its headers to the end of its answer. */
export class OpenRequest implements AdmittedRequest {
  readonly key: string;
  readonly kind: RequestKind;
  readonly origin: Origin;
  readonly usage: AddressUsage;
  readonly since: number;
  /** What has arrived of a body that has not ended. */
  bodyBytes = 0;
  /** Whether this server ended it before its time. */
  isCut = false;
  /** Undefined once it is over: what outlives a request (a timer that it started) does not keep its answer. */
  response: NodeResponse | undefined;

  constructor(options: {
    key: string;
    kind: RequestKind;
    origin: Origin;
    usage: AddressUsage;
    response: NodeResponse;
    since: number;
  }) {
    this.key = options.key;
    this.kind = options.kind;
    this.origin = options.origin;
    this.usage = options.usage;
    this.response = options.response;
    this.since = options.since;
  }

  get isOver(): boolean {
    return this.response === undefined;
  }

  over(): void {
    this.response = undefined;
  }

  drop(): void {
    if (this.response && !isGone(this.response)) abandon(this.response);
  }
}
