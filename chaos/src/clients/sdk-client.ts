import { copyFileSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { ChatClient, ChatEvent } from "@chat/client";
import { createNodeChatClient } from "@chat/client/node";
import { digestOf, type Delivery } from "../history.ts";
import type { Recorder, WatchRecorder } from "../recorder.ts";
import { type ChaosClient, type ChaosClientOptions, RETRY_MS } from "./chaos-client.ts";
import { createWitness } from "./witness.ts";

const KINDS = {
  "message-posted": "messagePosted",
  "room-created": "roomCreated",
  "member-joined": "memberJoined",
  "member-left": "memberLeft",
} as const satisfies Record<ChatEvent["kind"], string>;

/**
 * A client on the product's own SDK, with its state in a file. Deliveries are recorded as the SDK hands them to its listeners: once each, in order, is the
 * SDK's promise.
 */
export async function startSdkClient(
  options: ChaosClientOptions & {
    protocol: "grpc" | "grpc-web";
    directory: string;
    recorder: Recorder;
    now: () => number;
    /** Told when the server ended a session that was not signed out. */
    onSessionEnded: (client: string) => void;
  },
): Promise<ChaosClient> {
  const { name, user, recorder, now, protocol, directory } = options;
  const stop = new AbortController();
  let life = 0;
  let watch: WatchRecorder;
  let client: ChatClient;
  let isLeaving = false;
  const fileOf = (number: number): string => join(directory, `${name.replaceAll("/", "-")}-${number}.json`);

  async function open(continues: WatchRecorder | undefined): Promise<void> {
    const ownWatch = recorder.watch(`${name} life ${life}`, user, continues ? { continues } : {});
    watch = ownWatch;
    const opened = await createNodeChatClient({
      baseUrl: options.baseUrl,
      protocol,
      storage: { path: fileOf(life) },
      cursor: "stored",
      interceptors: [createWitness({ client: name, user, recorder, watch: () => watch })],
    });
    client = opened;
    // Read at each event: after signing out and in again the SDK begins anew.
    opened.feed.onEvent((event) => watch.delivered(toDelivery(event)));
    opened.session.$state.subscribe((state) => {
      if (client !== opened || state.state !== "signed-out" || isLeaving || stop.signal.aborted) return;
      if (state.ended) options.onSessionEnded(name);
      void signIn();
    });
  }

  /** Until it works. */
  async function signIn(): Promise<void> {
    const mine = client;
    while (mine === client && !stop.signal.aborted && mine.session.$state.get().state !== "signed-in") {
      try {
        const before = watch;
        before.ended();
        watch = recorder.watch(`${name} life ${life} anew`, user);
        await mine.session.login({ login: user, password: options.password });
      } catch {
        // Told by the record; a person would try again too.
        await delay(RETRY_MS, undefined, { signal: stop.signal }).catch(() => undefined); // stopped: the loop ends
      }
    }
  }

  function hasCursor(file: string): boolean {
    return existsSync(file) && `u/${user}/cursor` in (JSON.parse(readFileSync(file, "utf8")) as object);
  }

  async function quietly(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch {
      // The record has it.
    }
  }

  await open(undefined);

  return {
    name,
    user,
    post(to, text) {
      const { outbox } = client;
      const writtenAt = now();
      void quietly(async () => {
        const { clientId } = await outbox.send(to, text);
        await outbox.delivered(clientId);
        recorder.sent(now() - writtenAt);
      });
    },
    create: (room) => quietly(() => client.rooms.create({ name: room })),
    join: (room) => quietly(() => client.rooms.join(room)),
    leave: (room) => quietly(() => client.rooms.leave(room)),
    read: (conversation) => quietly(() => client.messages.list(conversation === undefined ? {} : { conversation })),
    async signInAnew() {
      if (isLeaving) return;
      isLeaving = true;
      await quietly(() => client.session.logout());
      isLeaving = false;
      await signIn();
    },
    async crash() {
      if (isLeaving) return;
      // What a crash leaves is what the disk holds at this moment. The dead process writes to a file that nobody reads again.
      const left = fileOf(life);
      const dead = client;
      const deadWatch = watch;
      life++;
      if (existsSync(left)) copyFileSync(left, fileOf(life));
      deadWatch.ended();
      const closed = dead.close();
      // Without a stored cursor the next life begins now, as a first one does, and owes nothing of before.
      await open(hasCursor(fileOf(life)) ? deadWatch : undefined);
      await closed;
    },
    get pending() {
      return client.outbox.$items.get().filter(({ state }) => state !== "failed").length;
    },
    get isLive() {
      return watch.isOpen;
    },
    get caughtUpTo() {
      return watch.to;
    },
    async close() {
      stop.abort();
      watch.ended();
      await client.close();
    },
  };
}

function toDelivery(event: ChatEvent): Delivery {
  const { seq, conversation, actor } = event;
  const text = event.kind === "message-posted" ? event.message.text : undefined;
  return { seq, digest: digestOf({ kind: KINDS[event.kind], conversation, actor, text }) };
}
