import type { IncomingHttpHeaders } from "node:http";
import { Code, ConnectError, createContextKey, createContextValues, type Interceptor } from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { parseTimeout as parseConnectTimeout } from "@connectrpc/connect/protocol-connect";
import { parseTimeout as parseGrpcTimeout } from "@connectrpc/connect/protocol-grpc";
import { ServerReflection } from "@chat/proto/grpc/reflection/v1/reflection";
import { ServerReflection as ServerReflectionAlpha } from "@chat/proto/grpc/reflection/v1alpha/reflection";
import { CALL_COSTS } from "../limits/call-cost.ts";
import type { CallLimits } from "../limits/call-limits.ts";
import { one } from "../wire/call.ts";
import { TIMER_MAX_MS } from "../wire/deadline.ts";
import type { NodeRequest, NodeResponse } from "../wire/node-http.ts";
import type { CallReport } from "./call-log.ts";
import { toConnectError } from "./error-mapping.ts";
import { registerReflection } from "./reflection.ts";

/** Bytes of a message that it reads: the name of a service, file or symbol. */
const READ_MAX_BYTES = 16 * 1024;

const PATHS = [ServerReflection, ServerReflectionAlpha].map(({ typeName }) => `/${typeName}/`);

/** What a call's report needs, by the way of Connect's context values. */
const originKey = createContextKey({ requestId: "", address: "" }, { description: "origin" });

/**
 * Reflection, by which the server describes itself: through Connect's own pipeline, which speaks streams in both directions. It needs no token.
 */
export function createStockServices(options: {
  limits: CallLimits;
  requestIdOf: (request: NodeRequest) => string;
  addressOf: (request: NodeRequest) => string;
  report: (report: CallReport) => void;
  /** Answers what is no method of it. */
  refuseUnknown: (request: NodeRequest, response: NodeResponse) => void;
  /** Refuses a call to a method of it. */
  refuse: (request: NodeRequest, response: NodeResponse, failure: unknown) => void;
  shutdownSignal: AbortSignal;
}): { handle(request: NodeRequest, response: NodeResponse): boolean } {
  const { limits, requestIdOf, addressOf, report } = options;
  const stock = connectNodeAdapter({
    routes(router) {
      registerReflection(router);
    },
    interceptors: [createReportInterceptor(report)],
    readMaxBytes: READ_MAX_BYTES,
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
      dropEndlessTimeouts(request.headers);
      stock(request, response);
      return true;
    },
  };
}

/** Takes out timeouts that overflow a timer, which Connect would start all the same: the call would end at once. So long a time is as good as none. */
function dropEndlessTimeouts(headers: IncomingHttpHeaders): void {
  const { timeoutMs: grpcMs = 0 } = parseGrpcTimeout(one(headers["grpc-timeout"]), Infinity);
  if (grpcMs > TIMER_MAX_MS) delete headers["grpc-timeout"];
  const { timeoutMs: connectMs = 0 } = parseConnectTimeout(one(headers["connect-timeout-ms"]), Infinity);
  if (connectMs > TIMER_MAX_MS) delete headers["connect-timeout-ms"];
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
      if (!response.stream) {
        done(undefined);
        return response;
      }
      return { ...response, message: reported(response.message, done) };
    } catch (cause) {
      const error = malformedAsSuch(toConnectError(cause));
      error.metadata.set("x-request-id", requestId);
      done(error);
      throw error;
    }
  };
}

/** The answers of a stream, whose end is reported as it came. */
async function* reported<T>(
  messages: AsyncIterable<T>,
  done: (error: ConnectError | undefined) => void,
): AsyncGenerator<T> {
  try {
    yield* messages;
    done(undefined);
  } catch (cause) {
    const error = malformedAsSuch(toConnectError(cause));
    done(error);
    throw error;
  }
}

/** Connect says `internal` of a request that it can't read. No answer of ours fails so: the fault is the caller's, whose words are not repeated. */
function malformedAsSuch(error: ConnectError): ConnectError {
  if (error.code !== Code.Internal) return error;
  return new ConnectError("The request can't be read.", Code.InvalidArgument, undefined, undefined, error);
}

function protocolOf(contentType: string | null): string {
  if (contentType?.startsWith("application/grpc-web")) return "grpc-web";
  return contentType?.startsWith("application/grpc") ? "grpc" : "connect";
}
