import type {
  DescMessage,
  DescMethod,
  DescMethodServerStreaming,
  DescMethodUnary,
  MessageShape,
} from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { createMethodUrl } from "@connectrpc/connect/protocol";
import type { Authenticator } from "../auth/auth.ts";
import { PLATFORM_TIMERS, type Timers } from "../environment.ts";
import type { CallLimits } from "../limits/call-limits.ts";
import { CALL_COSTS } from "../limits/call-cost.ts";
import { parseCall, type WireCall } from "./call.ts";
import { startDeadline } from "./deadline.ts";
import { Exchange, UNKNOWN_PATH, type WireReport } from "./exchange.ts";
import { createFrameStream } from "./frame-stream.ts";
import { encodeMessage, parseMessage } from "./message-codec.ts";
import { abandon, type NodeRequest, type NodeResponse, pathOf } from "./node-http.ts";
import { readMessage } from "./request-body.ts";
import { respondUnary, type UnaryResult } from "./unary-response.ts";
import { endUnread, respondStatus } from "./unread-request.ts";
import type { MethodPolicy, StreamHandler, UnaryHandler, WireRoutes } from "./wire.ts";

/** Serves the registered methods. */
export interface WireRouter extends WireRoutes {
  /** Answers a request to the path of a registered method; false leaves request and response as they are. */
  handle(request: NodeRequest, response: NodeResponse): boolean;
  /** Answers a call to a method that nobody here knows with UNIMPLEMENTED; false for a request that is no call. */
  refuseUnknown(request: NodeRequest, response: NodeResponse): boolean;
  /** Refuses a call that is served elsewhere, in its own protocol. */
  refuse(request: NodeRequest, response: NodeResponse, failure: unknown): void;
}

interface Route {
  readonly method: DescMethod;
  readonly path: string;
  readonly policy: MethodPolicy;
  serve(exchange: Exchange): Promise<void>;
}

/** Paths of this product's own services: asking for one is a call, whatever else the request says. */
const OWN_PATH = /^\/chat\.v\d+\.\w+\/\w+$/;

/** What of a path that nobody knows is logged, in characters. */
const ASKED_MAX_LENGTH = 100;

/**
 * Answers calls in the three protocols (gRPC, gRPC-web, Connect) straight from the Node request and response. In this order, so that little is done for
 * somebody who is refused: headers, limits of the address, token, limits of the account, body, message, handler.
 *
 * @param options.toConnectError how anything thrown is told to the caller
 */
export function createWireRouter(options: {
  /** Largest message that is read, in bytes, compressed or not. */
  readMaxBytes: number;
  toConnectError: (error: unknown) => ConnectError;
  requestIdOf: (request: NodeRequest) => string;
  /** The client's address. */
  addressOf: (request: NodeRequest) => string;
  authenticator: Pick<Authenticator, "authenticate">;
  limits: CallLimits;
  report: (report: WireReport) => void;
  timers?: Timers;
}): WireRouter {
  const { toConnectError, requestIdOf, addressOf, authenticator, limits, report, timers = PLATFORM_TIMERS } = options;
  const routes = new Map<string, Route>();

  function begin(path: string, request: NodeRequest, response: NodeResponse, call: WireCall): Exchange {
    // Errors of a connection that is gone anyway; 'close' follows and tells.
    response.on("error", () => {});
    const [requestId, address] = [requestIdOf(request), addressOf(request)];
    return new Exchange({ path, request, response, call, requestId, address, report });
  }

  /** Everything that comes before the body. */
  async function admit(
    exchange: Exchange,
    { needsToken, sessionMayBeOver: mayBeOver = false, cost }: MethodPolicy,
  ): Promise<void> {
    if (exchange.call.fault) throw exchange.call.fault;
    const admission = limits.arrive(exchange.address, cost);
    if (needsToken) {
      const caller = authenticator.authenticate(exchange.header("authorization"), { mayBeOver });
      exchange.caller = caller instanceof Promise ? await caller : caller;
    }
    admission.admit(exchange.caller && String(exchange.caller.person));
    exchange.admission = admission;
  }

  async function read<I extends DescMessage>(
    { request, call, admission }: Exchange,
    schema: I,
    kind: "unary" | "stream",
    { readMaxBytes = options.readMaxBytes }: MethodPolicy,
  ): Promise<MessageShape<I>> {
    const bytes = await readMessage(request, call, { maxBytes: readMaxBytes, kind });
    admission?.received(bytes.length);
    const message = parseMessage(schema, bytes, call.codec);
    admission?.begin(bytes.length);
    return message;
  }

  function unary<I extends DescMessage, O extends DescMessage>(
    method: DescMethodUnary<I, O>,
    policy: MethodPolicy,
    handler: UnaryHandler<I, O>,
  ): void {
    async function answer(exchange: Exchange): Promise<Uint8Array> {
      await admit(exchange, policy);
      const input = await read(exchange, method.input, "unary", policy);
      try {
        if (policy.cost.work > 0) await exchange.admission?.turn();
        const output = handler(input, exchange);
        return encodeMessage(method.output, output instanceof Promise ? await output : output, exchange.codec);
      } catch (failure) {
        // Not where only the deadline has passed: what was begun goes on and may be stored.
        exchange.admission?.failed();
        throw failure;
      }
    }

    add(method, policy, async (exchange) => {
      let result: UnaryResult;
      try {
        result = { message: await withDeadline(answer(exchange), exchange.call.timeoutMs, timers) };
      } catch (failure) {
        result = { error: toConnectError(failure) };
      }
      respond(exchange, result);
    });
  }

  function respond(exchange: Exchange, result: UnaryResult): void {
    const { request, response, call, requestId, admission } = exchange;
    const bytes = respondUnary(response, call, result, requestId);
    admission?.answered(bytes, response);
    if ("error" in result) endUnread(request);
    exchange.done("error" in result ? result.error : undefined);
  }

  function stream<I extends DescMessage, O extends DescMessage>(
    method: DescMethodServerStreaming<I, O>,
    policy: MethodPolicy,
    handler: StreamHandler<I>,
  ): void {
    add(method, policy, async (exchange) => {
      const frames = createFrameStream({
        response: exchange.response,
        call: exchange.call,
        requestId: exchange.requestId,
        toConnectError,
        onEnded: (error) => exchange.done(error),
        timers,
      });
      try {
        await admit(exchange, policy);
        await handler(await read(exchange, method.input, "stream", policy), exchange, frames);
      } catch (failure) {
        frames.end(failure);
        endUnread(exchange.request);
      }
    });
  }

  function add(method: DescMethod, policy: MethodPolicy, serve: Route["serve"]): void {
    const path = createMethodUrl("/", method);
    routes.set(path, { method, path, policy, serve });
  }

  /** An answer that can't be written is dropped, alone, and counted. Nothing thrown here may reach the process. */
  function drop(exchange: Exchange, cause: unknown): void {
    abandon(exchange.response);
    exchange.done(new ConnectError("the answer could not be written", Code.Internal, undefined, undefined, cause));
  }

  function refuse(request: NodeRequest, response: NodeResponse, failure: unknown): void {
    const call = request.method === "POST" ? parseCall(request.headers, "any") : undefined;
    if (!call) {
      respondStatus(request, response, request.method === "POST" ? 415 : 404, requestIdOf(request));
      return;
    }
    const exchange = begin(UNKNOWN_PATH, request, response, call);
    exchange.asked = pathOf(request)
      .slice(0, ASKED_MAX_LENGTH)
      .replace(/[^!-~]/g, "");
    try {
      respond(exchange, { error: toConnectError(failure) });
    } catch (cause) {
      drop(exchange, cause);
    }
  }

  return {
    unary,
    stream,
    handle(request, response) {
      const route = routes.get(pathOf(request));
      if (!route) return false;
      if (request.method !== "POST") {
        respondStatus(request, response, 405, requestIdOf(request), { allow: "POST" });
        return true;
      }
      const call = parseCall(request.headers, route.method.methodKind === "unary" ? "unary" : "stream");
      if (!call) {
        respondStatus(request, response, 415, requestIdOf(request));
        return true;
      }
      const exchange = begin(route.path, request, response, call);
      route.serve(exchange).catch((cause: unknown) => drop(exchange, cause));
      return true;
    },
    refuseUnknown(request, response) {
      if (!isCall(request)) return false;
      try {
        limits.arrive(addressOf(request), CALL_COSTS.light);
        refuse(request, response, unknownMethod());
      } catch (failure) {
        refuse(request, response, failure);
      }
      return true;
    },
    refuse,
  };
}

/** Whether it speaks one of the protocols, or asks for a service of ours. */
function isCall(request: NodeRequest): boolean {
  if (OWN_PATH.test(pathOf(request))) return true;
  return request.method === "POST" && parseCall(request.headers, "any") !== undefined;
}

function unknownMethod(): ConnectError {
  return new ConnectError("This server does not know this call. It may be older than the client.", Code.Unimplemented);
}

function withDeadline<T>(work: Promise<T>, timeoutMs: number | undefined, timers: Timers): Promise<T> {
  if (timeoutMs === undefined) return work;
  return new Promise<T>((resolve, reject) => {
    const endWait = startDeadline(timeoutMs, reject, timers);
    work.then(resolve, reject).finally(endWait);
  });
}
