import type { DescMessage, DescMethodServerStreaming, DescMethodUnary, MessageShape } from "@bufbuild/protobuf";
import type { ConnectError } from "@connectrpc/connect";
import { createMethodSerializationLookup, createMethodUrl } from "@connectrpc/connect/protocol";
import { one, parseCall, type WireCall } from "./call.ts";
import { startDeadline } from "./deadline.ts";
import { createFrameStream } from "./frame-stream.ts";
import type { NodeRequest, NodeResponse } from "./node-http.ts";
import { knowsCompression, readMessage } from "./request-body.ts";
import { respondUnary, type UnaryResult } from "./unary-response.ts";
import type { StreamHandler, UnaryHandler, WireContext, WireRoutes } from "./wire.ts";

/** One call as it ended, for logs and metrics. */
export interface WireReport {
  /** "/package.Service/Method" */
  readonly path: string;
  readonly protocol: WireCall["protocol"];
  readonly requestId: string;
  /** Undefined: OK. */
  readonly error: ConnectError | undefined;
  readonly durationMs: number;
}

/** Serves the registered methods. */
export interface WireRouter extends WireRoutes {
  /** Answers a request to a registered method that is in order; false leaves request and response as they are, for Connect. */
  handle(request: NodeRequest, response: NodeResponse): boolean;
}

interface Route {
  readonly kind: "unary" | "stream";
  serve(request: NodeRequest, response: NodeResponse, call: WireCall): void;
}

/** See `wire.ts`. @param options.toConnectError how anything thrown is told to the caller */
export function createWireRouter(options: {
  /** Largest message that is read, in bytes, compressed or not. */
  readMaxBytes: number;
  toConnectError: (error: unknown) => ConnectError;
  requestIdOf: (request: NodeRequest) => string;
  report: (report: WireReport) => void;
}): WireRouter {
  const { readMaxBytes, toConnectError, requestIdOf, report } = options;
  const limits = { readMaxBytes, writeMaxBytes: 0xffffffff, compressMinBytes: Infinity };
  const routes = new Map<string, Route>();

  /** What a handler gets to know of a call, and what reports the call's end. */
  function begin(
    path: string,
    request: NodeRequest,
    { protocol, codec }: WireCall,
  ): { context: WireContext; done: (error: ConnectError | undefined) => void } {
    const startedAt = performance.now();
    const requestId = requestIdOf(request);
    return {
      context: { header: (name) => one(request.headers[name]) ?? undefined, requestId, codec },
      done: (error) => report({ path, protocol, requestId, error, durationMs: performance.now() - startedAt }),
    };
  }

  function unary<I extends DescMessage, O extends DescMessage>(
    method: DescMethodUnary<I, O>,
    handler: UnaryHandler<I, O>,
  ): void {
    const path = createMethodUrl("/", method);
    const codecs = createMethodSerializationLookup(method, undefined, undefined, limits);

    async function answer(request: NodeRequest, call: WireCall, context: WireContext): Promise<Uint8Array> {
      const bytes = await readMessage(request, call, { maxBytes: readMaxBytes, kind: "unary" });
      const isBinary = call.codec === "binary";
      const input = codecs.getI(isBinary).parse(bytes) as MessageShape<I>;
      return codecs.getO(isBinary).serialize((await handler(input, context)) as never);
    }

    routes.set(path, {
      kind: "unary",
      serve(request, response, call) {
        const { context, done } = begin(path, request, call);
        const answered = (result: UnaryResult): void => {
          respondUnary(response, call, result, context.requestId);
          done("error" in result ? result.error : undefined);
        };
        withDeadline(answer(request, call, context), call.timeoutMs).then(
          (message) => answered({ message }),
          (failure: unknown) => answered({ error: toConnectError(failure) }),
        );
      },
    });
  }

  function stream<I extends DescMessage, O extends DescMessage>(
    method: DescMethodServerStreaming<I, O>,
    handler: StreamHandler<I>,
  ): void {
    const path = createMethodUrl("/", method);
    const codecs = createMethodSerializationLookup(method, undefined, undefined, limits);

    routes.set(path, {
      kind: "stream",
      serve(request, response, call) {
        const { context, done } = begin(path, request, call);
        const frames = createFrameStream({
          response,
          call,
          requestId: context.requestId,
          toConnectError,
          onEnded: done,
        });
        readMessage(request, call, { maxBytes: readMaxBytes, kind: "stream" })
          .then((bytes) =>
            handler(codecs.getI(call.codec === "binary").parse(bytes) as MessageShape<I>, context, frames),
          )
          .catch((failure: unknown) => frames.end(failure));
      },
    });
  }

  return {
    unary,
    stream,
    handle(request, response) {
      if (request.method !== "POST") return false;
      const { url = "" } = request;
      const query = url.indexOf("?");
      const route = routes.get(query < 0 ? url : url.slice(0, query));
      const call = route && parseCall(request.headers, route.kind);
      if (!call || !knowsCompression(call.compression)) return false;
      // Errors of a connection that is gone anyway; 'close' follows and tells.
      response.on("error", () => {});
      route.serve(request, response, call);
      return true;
    },
  };
}

function withDeadline<T>(work: Promise<T>, timeoutMs: number | undefined): Promise<T> {
  if (timeoutMs === undefined) return work;
  return new Promise<T>((resolve, reject) => {
    const endWait = startDeadline(timeoutMs, reject);
    work.then(resolve, reject).finally(endWait);
  });
}
