import { createChatClient, type ChatClientOptions } from "../chat-client.ts";
import type { ConnectionEvent } from "../feed/connection-events.ts";
import { createMemoryStorage } from "../storage/memory-storage.ts";
import type { ClientStorage } from "../storage/storage.ts";
import type { ChatClient } from "../types.ts";
import { createFakeServer, PASSWORD, type FakeServer } from "./fake-server.ts";
import { createFakeTime, settled, type FakeTime } from "./fake-time.ts";

/** A whole client on a fake server and a clock that stands still. */
export interface ClientUnderTest extends AsyncDisposable {
  readonly client: ChatClient;
  readonly server: FakeServer;
  readonly time: FakeTime;
  readonly storage: ClientStorage;
  /** As if the platform had said so. */
  tell(event: ConnectionEvent): void;
}

/** `random` is what each draw gives: 0.5 unless told. */
export async function clientUnderTest(
  options: Partial<Omit<ChatClientOptions, "environment" | "transport">> & {
    random?: () => number;
    server?: FakeServer;
    time?: FakeTime;
    /** Signs ada in and waits until all is quiet. Default true. */
    signIn?: boolean;
  } = {},
): Promise<ClientUnderTest> {
  const { random = () => 0.5, time = createFakeTime(), signIn = true, ...rest } = options;
  const server = options.server ?? createFakeServer({ now: time.now });
  const storage = options.storage ?? createMemoryStorage();
  let tell: (event: ConnectionEvent) => void = () => {};
  const client = createChatClient({
    connectionEvents: {
      listen(listener) {
        tell = listener;
        return () => (tell = () => {});
      },
    },
    ...rest,
    storage,
    transport: server.transport,
    environment: { now: time.now, timers: time.timers, random },
  });
  if (signIn && client.session.$state.get().state !== "signed-in") {
    await client.session.login({ login: "ada", password: PASSWORD });
  }
  await settled();
  return { client, server, time, storage, tell: (event) => tell(event), [Symbol.asyncDispose]: () => client.close() };
}
