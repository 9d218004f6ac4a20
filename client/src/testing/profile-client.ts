import { createChatClient, type ChatClientOptions } from "../chat-client.ts";
import { createFileStorage } from "../storage/file-storage.ts";
import type { ChatClient } from "../types.ts";
import type { FakeServer } from "./fake-server.ts";

/** A client of a fake server that keeps its state in a file, as a process of the terminal client does; on the real clock. */
export async function profileClient(
  server: FakeServer,
  path: string,
  options: Pick<ChatClientOptions, "cursor" | "autoStart">,
): Promise<ChatClient> {
  return createChatClient({ ...options, transport: server.transport, storage: await createFileStorage(path) });
}
