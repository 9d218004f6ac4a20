import { Code } from "@connectrpc/connect";
import type { Logger } from "pino";
import type { Accounts } from "../auth/accounts.ts";
import type { Timers } from "../environment.ts";
import { MESSAGE_MAX_BYTES } from "../http/limits.ts";
import type { CallLimits } from "../limits/call-limits.ts";
import type { Metrics } from "../metrics.ts";
import type { Readiness } from "../readiness.ts";
import type { Relay } from "../relay/relay.ts";
import type { NodeRequest, NodeResponse } from "../wire/node-http.ts";
import { createWireRouter } from "../wire/router.ts";
import { type CallReport, createCallLog } from "./call-log.ts";
import type { ChatDependencies } from "./chat-dependencies.ts";
import { toConnectError } from "./error-mapping.ts";
import { registerHealth } from "./health.ts";
import { registerMethods } from "./methods.ts";
import { createRequestIds } from "./request-ids.ts";
import { createStockServices } from "./stock-services.ts";

/** Answers calls. */
export interface Calls {
  /** Answers a call in any of the three protocols, one that nobody knows as well; false for a request that is no call. */
  handle(request: NodeRequest, response: NodeResponse): boolean;
}

/** Every service of the port: the chat's own through the wire router, reflection through Connect's pipeline. */
export function createCalls(options: {
  deps: ChatDependencies;
  accounts: Accounts;
  relay: Relay;
  readiness: Readiness;
  metrics: Metrics;
  limits: CallLimits;
  /** The client's address. */
  addressOf: (request: NodeRequest) => string;
  logger: Logger;
  shutdownSignal: AbortSignal;
  timers?: Timers;
}): Calls {
  const { deps, accounts, relay, readiness, metrics, limits, addressOf, shutdownSignal, timers } = options;
  const log = createCallLog({ logger: options.logger, clock: () => performance.now() });
  const report = (call: CallReport): void => {
    metrics.countCall(call.path, call.error ? Code[call.error.code] : "Ok", call.durationMs);
    log(call);
  };
  const requestIdOf = createRequestIds();

  const router = createWireRouter({
    readMaxBytes: MESSAGE_MAX_BYTES,
    toConnectError,
    requestIdOf,
    addressOf,
    authenticator: accounts,
    limits,
    report,
    ...(timers && { timers }),
  });
  registerMethods(router, { deps, accounts, relay });
  registerHealth(router, readiness);
  const stock = createStockServices({
    limits,
    requestIdOf,
    addressOf,
    report,
    refuseUnknown: (request, response) => router.refuseUnknown(request, response),
    refuse: (request, response, failure) => router.refuse(request, response, failure),
    shutdownSignal,
  });

  return {
    handle: (request, response) =>
      router.handle(request, response) || stock.handle(request, response) || router.refuseUnknown(request, response),
  };
}
