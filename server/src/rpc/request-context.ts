import { randomUUID } from "node:crypto";
import { Code, type ConnectError, createContextKey, type Interceptor } from "@connectrpc/connect";
import type { Logger } from "pino";
import type { NodeRequest } from "../wire/node-http.ts";
import { callerKey } from "./caller.ts";
import { toConnectError } from "./error-mapping.ts";

/** Where a call's request id stands in the context values. */
export const requestIdKey = createContextKey("", { description: "request id" });

/** A call as it ended. */
export interface CallReport {
  /** "/package.Service/Method" */
  readonly path: string;
  readonly protocol: string;
  readonly requestId: string;
  readonly error: ConnectError | undefined;
  readonly durationMs: number;
  readonly handle?: string;
}

/** The id under which a call is found in the log: the caller's own x-request-id where it is a plausible one, else a new one. */
export function createRequestIds(): (request: NodeRequest) => string {
  const prefix = randomUUID().slice(0, 8);
  let count = 0;
  return (request) => {
    const given = request.headers["x-request-id"];
    return typeof given === "string" && /^[\w.:-]{1,64}$/.test(given) ? given : `${prefix}-${(++count).toString(36)}`;
  };
}

/** Logs calls: those that went well at `debug`, refused ones at `info`, ours to mend at `error` with the cause. Never a secret or a text. */
export function createCallLog(logger: Logger): (report: CallReport) => void {
  return ({ path, protocol, requestId, error, durationMs, handle }) => {
    const level = levelOf(error);
    if (!logger.isLevelEnabled(level)) return;
    const entry = {
      call: path,
      protocol,
      requestId,
      ...(handle !== undefined && { handle }),
      code: error ? Code[error.code] : "Ok",
      ms: Math.round(durationMs * 10) / 10,
      ...(error && { message: error.rawMessage }),
      ...(level === "error" && { err: error?.cause ?? error }),
    };
    logger[level](entry, "call");
  };
}

function levelOf(error: ConnectError | undefined): "debug" | "info" | "error" {
  if (!error || error.code === Code.Canceled) return "debug";
  return [Code.Internal, Code.Unknown, Code.DataLoss].includes(error.code) ? "error" : "info";
}

/** The outermost interceptor: maps what is thrown, puts the request id into the answer and reports the call. */
export function createCallInterceptor(report: (report: CallReport) => void): Interceptor {
  return (next) => async (request) => {
    const startedAt = performance.now();
    const requestId = request.contextValues.get(requestIdKey);
    const done = (error: ConnectError | undefined): void => {
      const handle = request.contextValues.get(callerKey)?.handle;
      report({
        path: `/${request.service.typeName}/${request.method.name}`,
        protocol: protocolOf(request.header.get("content-type")),
        requestId,
        error,
        durationMs: performance.now() - startedAt,
        ...(handle !== undefined && { handle }),
      });
    };
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
