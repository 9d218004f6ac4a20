import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { pathOf } from "../wire/node-http.ts";
import { bind } from "./bind.ts";
import { HEADERS_TIMEOUT_MS } from "./limits.ts";
import { respondText } from "./respond.ts";

/** Few scrapers are honest. */
const CONNECTIONS = 32;

/** The port that tells measurements, and nothing else. */
export interface MetricsPort {
  readonly port: number;
  /** Never rejects. */
  close(): void;
}

/** Opens it. @throws ChatError `failed_precondition` when it can't be had */
export async function openMetricsPort(options: {
  host: string;
  port: number;
  render: () => Promise<{ type: string; text: string }>;
}): Promise<MetricsPort> {
  const { host, port, render } = options;
  const server = createServer(
    { headersTimeout: HEADERS_TIMEOUT_MS, requestTimeout: HEADERS_TIMEOUT_MS },
    (request, response) => {
      response.on("error", () => {}); // of a peer that is gone
      if (pathOf(request) !== "/metrics") return respondText(response, 404, "Not found.\n");
      if (request.method !== "GET" && request.method !== "HEAD")
        return respondText(response, 405, "Method not allowed.\n", { allow: "GET, HEAD" });
      render().then(
        ({ type, text }) => respondText(response, 200, text, { "content-type": type }),
        () => respondText(response, 500, "The metrics can't be read.\n"),
      );
    },
  );
  server.maxConnections = CONNECTIONS;
  await bind(server, { host, port });
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
