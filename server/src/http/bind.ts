import { once } from "node:events";
import type { Server } from "node:net";
import { ChatError } from "../errors.ts";

/** Why a port can't be had, by the system's code. */
const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: "something else listens there",
  EACCES: "it needs a privilege",
};

/**
 * Opens a server's port.
 * @param options.backlog connections that the system holds before the server has taken them
 * @throws ChatError `failed_precondition` when the port can't be had
 */
export async function bind(server: Server, options: { host: string; port: number; backlog?: number }): Promise<void> {
  try {
    server.listen(options);
    await once(server, "listening");
  } catch (cause) {
    const why = REASONS[(cause as NodeJS.ErrnoException).code ?? ""] ?? (cause as Error).message;
    throw new ChatError("failed_precondition", `Port ${options.port} of ${options.host} can't be opened: ${why}.`, {
      cause,
    });
  }
}
