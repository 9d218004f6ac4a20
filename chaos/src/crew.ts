import { setTimeout as delay } from "node:timers/promises";
import { join } from "node:path";
import { AuthService } from "@chat/proto/chat/v1/auth_service";
import type { OutboxAction } from "@chat/client";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import type { ChaosClient } from "./clients/chaos-client.ts";
import { gatherLeavers, LEAVING, type Leavers } from "./clients/leavers.ts";
import { createHerd, type Herd, type HerdSession } from "./clients/herd.ts";
import { startRawClient } from "./clients/raw-client.ts";
import { type SdkClient, startSdkClient } from "./clients/sdk-client.ts";
import { createSlowReader, type SlowReader } from "./clients/slow-reader.ts";
import type { Scene } from "./clients/talker.ts";
import type { ChaosCluster } from "./cluster.ts";
import type { Recorder } from "./recorder.ts";

/** The password of everybody here. */
export const PASSWORD = "correct horse 9 battery";

const USERS = ["u1", "u2", "u3", "u4", "u5", "u6", "u7", "u8"] as const;
const HERD_USERS = ["herd-1", "herd-2", "herd-3", "herd-4", "herd-5", "herd-6", "herd-7", "herd-8"] as const;
const SLOW_READER = "slow";
const WRITER = "writer";
const HERD_ROOM = "#herd";

/** A server takes 64 streams of one session. */
const STREAMS_PER_SESSION = 60;

/** A token lasts ten minutes; it is asked for anew before that. */
const TOKEN_MS = 5 * 60_000;

/** Between two messages to the herd's room. */
const HERALD_PAUSE_MS = 1_000;

const START_TIMEOUT_MS = 60_000;
const POLL_MS = 50;

/** Everybody who talks. */
export interface Crew {
  /** Those that talk by chance. */
  readonly talkers: readonly ChaosClient[];
  /** Those of them that are on the SDK. */
  readonly sdkClients: readonly SdkClient[];
  /** Id of a user's person. */
  person(user: string): number;
  /** All that must have everything in the end. */
  readonly clients: readonly ChaosClient[];
  readonly scene: Scene;
  /** People who stay. */
  readonly users: readonly string[];
  /** People who remove their accounts. */
  readonly leavers: Leavers;
  readonly herd: Herd;
  readonly slowReader: SlowReader;
  /** Writes to the herd's room until the signal aborts. */
  herald(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** Registers people, signs their devices in, makes the rooms. Resolves when every stream is open. */
export async function gatherCrew(options: {
  cluster: ChaosCluster;
  directory: string;
  recorder: Recorder;
  herdSize: number;
  now: () => number;
  onSessionEnded: (client: string) => void;
}): Promise<Crew> {
  const { cluster, recorder, now } = options;
  const auths = cluster.servers.map(({ port }) =>
    createClient(AuthService, createConnectTransport({ baseUrl: `http://127.0.0.1:${port}`, httpVersion: "1.1" })),
  );
  const authOf = (index: number) => {
    const auth = auths[index % auths.length];
    if (!auth) throw new Error("there are no servers");
    return auth;
  };
  const ids = new Map<string, number>();
  await Promise.all(
    [...USERS, ...HERD_USERS, SLOW_READER, WRITER].map(async (username, index) => {
      const { session } = await authOf(index).register({
        email: `${username}@example.org`,
        username,
        password: PASSWORD,
        displayName: username,
      });
      ids.set(username, Number(session?.user?.id));
    }),
  );

  const urlOfLink = async (): Promise<string> => `http://127.0.0.1:${(await cluster.openClientLink()).port}`;
  const raw = async (user: string, device: string, protocol: "grpc" | "connect") =>
    startRawClient({
      name: `${user}/${device}`,
      user,
      password: PASSWORD,
      baseUrl: await urlOfLink(),
      protocol,
      recorder,
      now,
    });
  const sdk = async (user: string, protocol: "grpc" | "grpc-web") =>
    startSdkClient({
      name: `${user}/${protocol}`,
      user,
      password: PASSWORD,
      baseUrl: await urlOfLink(),
      protocol,
      directory: join(options.directory, "clients"),
      recorder,
      now,
      onSessionEnded: options.onSessionEnded,
    });

  const talkers: ChaosClient[] = [];
  const sdkClients: SdkClient[] = [];
  for (const user of USERS) {
    const both = [await sdk(user, "grpc"), await sdk(user, "grpc-web")];
    sdkClients.push(...both);
    talkers.push(...both, await raw(user, "raw", "connect"));
  }
  const herdMembers = await Promise.all(HERD_USERS.map((user) => raw(user, "raw", "connect")));
  const [herald] = herdMembers;
  const reader = await raw(SLOW_READER, "raw", "grpc");
  const writer = await raw(WRITER, "raw", "connect");
  const clients = [...talkers, ...herdMembers, reader, writer];
  const deadline = now() + START_TIMEOUT_MS;
  while (!clients.every(({ isLive }) => isLive)) {
    if (now() > deadline) throw new Error("the clients' streams do not open");
    await delay(POLL_MS);
  }

  const leavers = await gatherLeavers({ baseUrl: urlOfLink, password: PASSWORD, recorder, now });
  const scene: Scene = {
    users: [...USERS, ...LEAVING],
    rooms: ["#red", "#green", "#blue", "#grey"],
    contested: ["#c1", "#c2", "#c3", "#c4", "#c5", "#c6"],
    // Those of others can't be had, also when they are gone.
    handles: ["star", "comet", "meteor", "quasar", ...LEAVING],
  };
  const create = (room: string): OutboxAction => ({ kind: "create-room", name: room.slice(1), title: "", topic: "" });
  await Promise.all(
    scene.rooms.map(async (room, index) => {
      await talkers[index * 3]?.act(create(room));
    }),
  );
  await Promise.all(
    USERS.flatMap((_, user) =>
      scene.rooms
        .filter((_, room) => (user + room) % 2 === 0)
        .map(async (room) => {
          await talkers[user * 3]?.act({ kind: "join", room });
        }),
    ),
  );
  await herald?.act(create(HERD_ROOM));
  await Promise.all(herdMembers.map((member) => member.act({ kind: "join", room: HERD_ROOM })));

  const sessions = await Promise.all(
    Array.from({ length: Math.max(HERD_USERS.length, Math.ceil(options.herdSize / STREAMS_PER_SESSION)) }, (_, index) =>
      herdSession(HERD_USERS[index % HERD_USERS.length] ?? HERD_USERS[0], authOf(index), now),
    ),
  );
  const herdLink = await cluster.openClientLink();
  return {
    talkers,
    sdkClients,
    person: (user) => ids.get(user) ?? 0,
    clients,
    scene,
    users: USERS,
    leavers,
    herd: createHerd({ size: options.herdSize, link: herdLink, sessions, recorder, now }),
    slowReader: createSlowReader({ reader, writer }),
    async herald(signal) {
      for (let number = 1; !signal.aborted; number++) {
        await delay(HERALD_PAUSE_MS, undefined, { signal }).catch(() => undefined); // aborted: the loop ends
        if (herald && herald.pending < 4)
          void herald.act({ kind: "send", conversation: HERD_ROOM, text: `hear ye ${number}.` });
      }
    },
    async close() {
      await Promise.all([leavers, ...clients].map((each) => each.close()));
    },
  };
}

/** Signs in at once, and again when the token gets old. */
async function herdSession(
  user: string,
  auth: ReturnType<typeof createClient<typeof AuthService>>,
  now: () => number,
): Promise<HerdSession> {
  const signIn = async () => {
    const { session } = await auth.login({ login: user, password: PASSWORD });
    return { authorization: `Bearer ${session?.accessToken ?? ""}`, at: now() };
  };
  let known = await signIn();
  let renewing: Promise<void> | undefined;
  return {
    user,
    async authorization() {
      if (now() - known.at > TOKEN_MS) {
        renewing ??= signIn()
          .then((fresh) => void (known = fresh))
          .finally(() => (renewing = undefined));
        await renewing;
      }
      return known.authorization;
    },
  };
}
