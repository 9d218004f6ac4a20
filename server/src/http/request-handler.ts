import { AsyncLocalStorage } from "node:async_hooks";
import type { Logger } from "pino";
import { isGone, type NodeRequest, type NodeResponse, pathOf } from "../wire/node-http.ts";
import type { HostVerdict } from "./hosts.ts";
import type { PortKind, RequestHandler } from "./listener.ts";
import type { AdmittedRequest } from "./open-request.ts";
import { isCall, refuse } from "./refusal.ts";
import { respondText } from "./respond.ts";

/** The request that code is running for, so that an error which nothing handled costs that request alone. */
export const currentRequest = new AsyncLocalStorage<AdmittedRequest>();

/** Answers a request; true where it was one of its own. */
type Answerer = (request: NodeRequest, response: NodeResponse) => boolean;

/**
 * Who answers what: probes first, then calls, then the web app. Calls are answered once there is something to answer them from; the ports are open before, so
 * that probes can say why not.
 */
export function createRequestHandler(options: {
  probes: Answerer;
  hostVerdict: (request: NodeRequest) => HostVerdict;
  /** Whether a request on the plain port may be served; it answers those that may not. Undefined: all may. */
  plainPort?: Answerer | undefined;
  /** Returns whether it was a call. Undefined while the server starts. */
  calls: () => Answerer | undefined;
  webApp: (request: NodeRequest, response: NodeResponse, context: { strictTransport: boolean }) => void;
  /** Whether browsers are told to come back over TLS alone. */
  strictTransport: boolean;
  logger: Logger;
  onFailed: () => void;
}): RequestHandler {
  const { probes, hostVerdict, plainPort, webApp, strictTransport, logger, onFailed } = options;

  function route(request: NodeRequest, response: NodeResponse, port: PortKind): void {
    const verdict = hostVerdict(request);
    if (verdict === "ambiguous") return refuse(request, response, "bad_request", "A request has one Host.");
    if (probes(request, response)) return;
    if (verdict === "unknown")
      return refuse(request, response, "wrong_host", "This server is not known by that name (PUBLIC_HOSTS).");
    if (port === "plain" && plainPort && !plainPort(request, response)) return;
    if (pathOf(request) === "/metrics") return respondText(response, 404, "Not found.\n");
    const calls = options.calls();
    if (calls) {
      if (!calls(request, response)) webApp(request, response, { strictTransport: strictTransport && port === "tls" });
    } else if (isCall(request)) {
      // gRPC clients read a 503 without trailers as UNAVAILABLE, Connect clients too.
      respondText(response, 503, "The server is starting.\n", { "retry-after": "1" });
    } else {
      webApp(request, response, { strictTransport: strictTransport && port === "tls" });
    }
  }

  function failed(error: unknown, request: NodeRequest, response: NodeResponse, admitted: AdmittedRequest): void {
    if ((error as NodeJS.ErrnoException).code === "ERR_INVALID_URL") {
      logger.info({ err: error, method: request.method }, "a request could not be understood");
      return refuse(request, response, "bad_request", "Bad request.");
    }
    onFailed();
    logger.error({ err: error, method: request.method }, "a request failed with an error that nothing handled");
    // Half an answer can't be taken back, only cut off.
    if (response.headersSent || isGone(response)) admitted.drop();
    else refuse(request, response, "failed", "Internal error.");
  }

  return (request, response, { port, admitted }) => {
    try {
      currentRequest.run(admitted, route, request, response, port);
    } catch (error) {
      try {
        failed(error, request, response, admitted);
      } catch {
        admitted.drop(); // it can't even be refused
      }
    }
  };
}
