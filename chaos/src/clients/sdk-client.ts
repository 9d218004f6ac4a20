import { copyFileSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { ChatClient } from "@chat/client";
import { createNodeChatClient } from "@chat/client/node";
import type { Recorder, WatchRecorder } from "../recorder.ts";
import { toldRow } from "../rows.ts";
import { type ChaosClient, type ChaosClientOptions, RETRY_MS } from "./chaos-client.ts";
import { createSeenMessages } from "./seen-messages.ts";
import { pendingIn, unsentIn } from "./unsent.ts";
import { createWitness } from "./witness.ts";

/** A chaos client on the SDK. */
export interface SdkClient extends ChaosClient {
  /** The SDK's client at this moment. */
  readonly sdk: ChatClient;
}

/**
 * A client on the product's own SDK, with its state in a file. What comes off the wire is recorded, and what the SDK hands to its listeners: each change once, in
 * order, is the SDK's promise.
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
): Promise<SdkClient> {
  const { name, user, recorder, now, protocol, directory } = options;
  const stop = new AbortController();
  const seen = createSeenMessages();
  let life = 0;
  let watch: WatchRecorder;
  let client: ChatClient;
  let isLeaving = false;
  const fileOf = (number: number): string => join(directory, `${name.replaceAll("/", "-")}-${number}.json`);

  async function open(continues: WatchRecorder | undefined): Promise<void> {
    const ownWatch = recorder.watch(`${name} life ${life}`, user, { continues, hasListeners: true });
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
    opened.feed.onChange((change) => {
      const row = toldRow(change);
      if (row && client === opened) watch.told(row);
      if (change.row === "message") seen.add(change.message);
    });
    // A person would see what was refused and give it up. Until they do, a room that was refused holds back what was written for it.
    opened.outbox.$items.subscribe((items) => {
      for (const { state, clientId } of items)
        if (state === "failed") void quietly(() => opened.outbox.discard(clientId));
    });
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
        watch = recorder.watch(`${name} life ${life} anew`, user, { hasListeners: true });
        await mine.session.login({ login: user, password: options.password });
      } catch {
        // Told by the record; a person would try again too.
        await delay(RETRY_MS, undefined, { signal: stop.signal }).catch(() => undefined); // stopped: the loop ends
      }
    }
  }

  function hasCursor(file: string): boolean {
    if (!existsSync(file)) return false;
    return Object.keys(JSON.parse(readFileSync(file, "utf8")) as object).some((key) => /^u\/\d+\/cursor$/.test(key));
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
    seen,
    get sdk() {
      return client;
    },
    async act(action) {
      const { outbox } = client;
      const askedAt = now();
      await quietly(async () => {
        const { clientId } = await outbox.add(action);
        await outbox.done(clientId);
        recorder.sent(now() - askedAt);
      });
    },
    rename: (handle) => quietly(() => client.session.updateProfile({ username: handle })),
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
      return pendingIn(client);
    },
    get unsent() {
      return unsentIn(client);
    },
    get isLive() {
      return watch.isOpen;
    },
    get caughtUpTo() {
      return watch.to;
    },
    async close() {
      stop.abort();
      watch.ended(true);
      await client.close();
    },
  };
}
