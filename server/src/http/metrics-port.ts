import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { ChatError } from "../errors.ts";
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
      if (request.url?.split("?", 1)[0] !== "/metrics") return respondText(response, 404, "Not found.\n");
      if (request.method !== "GET" && request.method !== "HEAD")
        return respondText(response, 405, "Method not allowed.\n", { allow: "GET, HEAD" });
      render().then(
        ({ type, text }) => respondText(response, 200, text, { "content-type": type }),
        () => respondText(response, 500, "The metrics can't be read.\n"),
      );
    },
  );
  server.maxConnections = CONNECTIONS;
  try {
    server.listen({ host, port });
    await once(server, "listening");
  } catch (cause) {
    throw new ChatError("failed_precondition", `Port ${port} of ${host} for metrics can't be opened.`, { cause });
  }
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
