import type { ConnectError } from "@connectrpc/connect";
import type { Caller } from "../auth/auth.ts";
import type { Admission } from "../limits/call-limits.ts";
import { one, type WireCall } from "./call.ts";
import type { NodeRequest, NodeResponse } from "./node-http.ts";
import type { WireContext } from "./wire.ts";

/** One call as it ended, for logs and metrics. */
export interface WireReport {
  /** "/package.Service/Method"; {@link UNKNOWN_PATH} where there is no such method. */
  readonly path: string;
  /** What the client wrote in place of a path that is known: printable ASCII, and not much of it. */
  readonly asked?: string;
  readonly protocol: WireCall["protocol"];
  readonly requestId: string;
  /** The client's address. */
  readonly address: string;
  /** Who called, where that is known. */
  readonly account: string | undefined;
  /** Undefined: OK. */
  readonly error: ConnectError | undefined;
  readonly durationMs: number;
}

/** Stands for the path of a call that no method answers: what the client wrote there is its own. */
export const UNKNOWN_PATH = "unknown";

/** One call under way: request, response, and what is found out about them on the way. */
export class Exchange implements WireContext {
  readonly path: string;
  /** See {@link WireReport.asked}. */
  asked: string | undefined;
  readonly request: NodeRequest;
  readonly response: NodeResponse;
  readonly call: WireCall;
  readonly requestId: string;
  readonly address: string;
  caller: Caller | undefined;
  admission: Admission | undefined;
  readonly #report: (report: WireReport) => void;
  readonly #startedAt = performance.now();
  #isReported = false;

  constructor(options: {
    path: string;
    request: NodeRequest;
    response: NodeResponse;
    call: WireCall;
    requestId: string;
    address: string;
    report: (report: WireReport) => void;
  }) {
    this.path = options.path;
    this.request = options.request;
    this.response = options.response;
    this.call = options.call;
    this.requestId = options.requestId;
    this.address = options.address;
    this.#report = options.report;
  }

  get codec(): WireCall["codec"] {
    return this.call.codec;
  }

  header(name: string): string | undefined {
    return one(this.request.headers[name]) ?? undefined;
  }

  /** Reports the end of the call, once. */
  done(error: ConnectError | undefined): void {
    if (this.#isReported) return;
    this.#isReported = true;
    this.#report({
      path: this.path,
      ...(this.asked !== undefined && { asked: this.asked }),
      protocol: this.call.protocol,
      requestId: this.requestId,
      address: this.address,
      account: this.caller && String(this.caller.person),
      error,
      durationMs: performance.now() - this.#startedAt,
    });
  }
}
