import type { Answer } from "../answer.ts";
import type { Input } from "../input.ts";
import { createHttp1Calls } from "./http1-call.ts";
import { createHttp2Calls } from "./http2-call.ts";
import { sendRaw } from "./raw.ts";
import type { Target } from "./target.ts";

/** Sends inputs one after another, as one client. */
export interface Driver {
  send(input: Input): Promise<Answer>;
  /** Drops its connections. */
  close(): void;
}

/** Starts a client of a server. */
export function createDriver(target: Target): Driver {
  const http1 = createHttp1Calls(target);
  const http2 = createHttp2Calls(target);
  return {
    send(input) {
      if (input.kind !== "call") return sendRaw(target, input);
      return input.http === 1 ? http1.send(input) : http2.send(input);
    },
    close() {
      http1.close();
      http2.close();
    },
  };
}
