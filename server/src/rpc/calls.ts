import { Code, createContextValues } from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { AuthService } from "@chat/proto/chat/v1/auth_service";
import { ChatService } from "@chat/proto/chat/v1/chat_service";
import type { Logger } from "pino";
import type { Accounts } from "../auth/accounts.ts";
import { MESSAGE_MAX_BYTES } from "../http/limits.ts";
import type { Metrics } from "../metrics.ts";
import type { Readiness } from "../readiness.ts";
import type { Relay } from "../relay/relay.ts";
import type { NodeRequest, NodeResponse } from "../wire/node-http.ts";
import { createWireRouter } from "../wire/router.ts";
import { createAuthInterceptor } from "./auth-interceptor.ts";
import { createAuthService } from "./auth-service.ts";
import type { ChatDependencies } from "./chat-dependencies.ts";
import { createChatService } from "./chat-service.ts";
import { toConnectError } from "./error-mapping.ts";
import { registerHealth } from "./health.ts";
import { registerHotEndpoints } from "./hot-endpoints.ts";
import { registerReflection } from "./reflection.ts";
import {
  type CallReport,
  createCallInterceptor,
  createCallLog,
  createRequestIds,
  requestIdKey,
} from "./request-context.ts";
import { createValidationInterceptor } from "./validation.ts";

/** Answers calls. */
export interface Calls {
  /** Answers a call in any of the three protocols; false where the path is no method's. */
  handle(request: NodeRequest, response: NodeResponse): boolean;
}

/** Every service of the port: the hot methods through the wire router, all others through Connect's own pipeline. */
export function createCalls(options: {
  deps: ChatDependencies;
  accounts: Accounts;
  relay: Relay;
  readiness: Readiness;
  metrics: Metrics;
  logger: Logger;
  shutdownSignal: AbortSignal;
}): Calls {
  const { deps, accounts, relay, readiness, metrics } = options;
  const log = createCallLog(options.logger);
  const report = (call: CallReport): void => {
    metrics.countCall(call.path, call.error ? Code[call.error.code] : "Ok", call.durationMs);
    log(call);
  };
  const requestIdOf = createRequestIds();

  const hot = createWireRouter({ readMaxBytes: MESSAGE_MAX_BYTES, toConnectError, requestIdOf, report });
  registerHotEndpoints(hot, { deps, relay, authenticator: accounts });

  let isCall = true;
  const stock = connectNodeAdapter({
    routes(router) {
      router.service(AuthService, createAuthService({ accounts }));
      router.service(ChatService, createChatService(deps));
      registerHealth(router, readiness);
      registerReflection(router);
    },
    interceptors: [
      createCallInterceptor(report),
      createAuthInterceptor({ authenticator: accounts }),
      createValidationInterceptor(),
    ],
    readMaxBytes: MESSAGE_MAX_BYTES,
    shutdownSignal: options.shutdownSignal,
    contextValues: (request) => createContextValues().set(requestIdKey, requestIdOf(request)),
    fallback: () => {
      isCall = false;
    },
  });

  return {
    handle(request, response) {
      if (hot.handle(request, response)) return true;
      isCall = true;
      stock(request, response);
      return isCall;
    },
  };
}
