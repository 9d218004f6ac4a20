import type { Logger } from "pino";
import type { NodeRequest, NodeResponse } from "../wire/node-http.ts";
import type { RequestHandler } from "./listener.ts";
import { respondText } from "./respond.ts";

/**
 * Who answers what: probes first, then calls, then the web app. Calls are answered once there is something to answer them from; the ports are open before, so
 * that probes can say why not.
 */
export function createRequestHandler(options: {
  probes: (request: NodeRequest, response: NodeResponse) => boolean;
  /** Returns whether it was a call. Undefined while the server starts. */
  calls: () => ((request: NodeRequest, response: NodeResponse) => boolean) | undefined;
  webApp: (request: NodeRequest, response: NodeResponse) => void;
  logger: Logger;
}): RequestHandler {
  const { probes, webApp, logger } = options;

  function route(request: NodeRequest, response: NodeResponse): void {
    if (probes(request, response)) return;
    const calls = options.calls();
    if (calls) {
      if (!calls(request, response)) webApp(request, response);
    } else if (isCall(request)) {
      respondText(response, 503, "The server is starting.\n", { "retry-after": "1" });
    } else {
      webApp(request, response);
    }
  }

  return (request, response) => {
    try {
      route(request, response);
    } catch (error) {
      // A request line or authority that no URL can be made of.
      logger.info({ err: error, method: request.method }, "a request could not be understood");
      respondText(response, 400, "Bad request.\n");
    }
  };
}

/** gRPC clients read a 503 without trailers as UNAVAILABLE, Connect clients too. */
function isCall({ method, headers }: NodeRequest): boolean {
  return method === "POST" && /^application\/(grpc|connect|proto|json)/.test(headers["content-type"] ?? "");
}
