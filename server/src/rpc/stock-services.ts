import { type ConnectError, createContextKey, createContextValues, type Interceptor } from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { Health } from "@chat/proto/grpc/health/v1/health";
import { ServerReflection } from "@chat/proto/grpc/reflection/v1/reflection";
import { ServerReflection as ServerReflectionAlpha } from "@chat/proto/grpc/reflection/v1alpha/reflection";
import { CALL_COSTS } from "../limits/call-cost.ts";
import type { CallLimits } from "../limits/call-limits.ts";
import type { Readiness } from "../readiness.ts";
import { TIMER_MAX_MS } from "../wire/deadline.ts";
import type { NodeRequest, NodeResponse } from "../wire/node-http.ts";
import type { CallReport } from "./call-log.ts";
import { toConnectError } from "./error-mapping.ts";
import { registerHealth } from "./health.ts";
import { registerReflection } from "./reflection.ts";

/** Bytes of a message that they read: names of services, files and symbols. */
const READ_MAX_BYTES = 16 * 1024;

const PATHS = [Health, ServerReflection, ServerReflectionAlpha].map(({ typeName }) => `/${typeName}/`);

/** What a call's report needs, by the way of Connect's context values. */
const originKey = createContextKey({ requestId: "", address: "" }, { description: "origin" });

/**
 * The services that describe the server, gRPC's health checks and reflection: through Connect's own pipeline, which speaks streams in both directions. They need no
 * token.
 */
export function createStockServices(options: {
  readiness: Readiness;
  limits: CallLimits;
  requestIdOf: (request: NodeRequest) => string;
  addressOf: (request: NodeRequest) => string;
  report: (report: CallReport) => void;
  /** Answers what is no method of theirs. */
  refuseUnknown: (request: NodeRequest, response: NodeResponse) => void;
  /** Refuses a call to a method of theirs. */
  refuse: (request: NodeRequest, response: NodeResponse, failure: unknown) => void;
  shutdownSignal: AbortSignal;
}): { handle(request: NodeRequest, response: NodeResponse): boolean } {
  const { limits, requestIdOf, addressOf, report } = options;
  const stock = connectNodeAdapter({
    routes(router) {
      registerHealth(router, options.readiness);
      registerReflection(router);
    },
    interceptors: [createReportInterceptor(report)],
    readMaxBytes: READ_MAX_BYTES,
    // Longer ones overflow the timer and would end the call at once.
    maxTimeoutMs: TIMER_MAX_MS,
    shutdownSignal: options.shutdownSignal,
    contextValues: (request) =>
      createContextValues().set(originKey, { requestId: requestIdOf(request), address: addressOf(request) }),
    fallback: (request, response) => options.refuseUnknown(request as NodeRequest, response as NodeResponse),
  });

  return {
    handle(request, response) {
      const { url = "" } = request;
      if (!PATHS.some((path) => url.startsWith(path))) return false;
      try {
        limits.arrive(addressOf(request), CALL_COSTS.search);
      } catch (refusal) {
        options.refuse(request, response, refusal);
        return true;
      }
      stock(request, response);
      return true;
    },
  };
}

function createReportInterceptor(report: (report: CallReport) => void): Interceptor {
  return (next) => async (request) => {
    const startedAt = performance.now();
    const { requestId, address } = request.contextValues.get(originKey);
    const done = (error: ConnectError | undefined): void =>
      report({
        path: `/${request.service.typeName}/${request.method.name}`,
        protocol: protocolOf(request.header.get("content-type")),
        requestId,
        address,
        account: undefined,
        error,
        durationMs: performance.now() - startedAt,
      });
    try {
      const response = await next(request);
      response.header.set("x-request-id", requestId);
      done(undefined);
      return response;
    } catch (cause) {
      const error = toConnectError(cause);
      error.metadata.set("x-request-id", requestId);
      done(error);
      throw error;
    }
  };
}

function protocolOf(contentType: string | null): string {
  if (contentType?.startsWith("application/grpc-web")) return "grpc-web";
  return contentType?.startsWith("application/grpc") ? "grpc" : "connect";
}
