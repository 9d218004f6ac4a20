import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { AuthService } from "@chat/proto/chat/v1/auth_service";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import type { Violation } from "../check/check.ts";
import { createRandom } from "../random.ts";
import type { Recorder } from "../recorder.ts";
import { type RawClient, startRawClient } from "./raw-client.ts";
import { type Scene, talk } from "./talker.ts";

/** How they go: by which protocol they ask for it, and whether their messages go too. The other device talks on until its session ends. */
const WAYS = [
  { protocol: "grpc", other: "connect", withMessages: true },
  { protocol: "connect", other: "grpc", withMessages: false },
  { protocol: "grpc-web", other: "grpc", withMessages: true },
  { protocol: "grpc", other: "grpc-web", withMessages: false },
] as const;

/** When they go, in parts of the run. */
const GOES = { from: 0.2, to: 0.85 } as const;

/** How long one of them may take to get an answer once everything works again. */
const ANSWER_MS = 60_000;

/** Somebody who removes their account in the middle of the run. */
export interface Leaver {
  /** Their first handle, which no text of the run has in it. */
  readonly user: string;
  readonly person: number;
  readonly email: string;
  readonly withMessages: boolean;
  /** The first one asks for the removal. */
  readonly devices: readonly RawClient[];
}

/** People who remove their accounts. */
export interface Leavers {
  readonly all: readonly Leaver[];
  /** Their first handles by person: the log does not hold them any more in the end. */
  readonly registered: ReadonlyMap<number, string>;
  /** They talk as the others do until they go, each at a time of the seed's. Resolves when all have their answer, with those that never get one. */
  run(options: { scene: Scene; seed: number; seconds: number; over: AbortSignal }): Promise<Violation[]>;
  close(): Promise<void>;
}

/**
 * Registers them and signs their devices in.
 * @param options.baseUrl a way to some server, another one for each device
 */
export async function gatherLeavers(options: {
  baseUrl: () => Promise<string>;
  password: string;
  recorder: Recorder;
  now: () => number;
}): Promise<Leavers> {
  const { baseUrl, password, recorder, now } = options;
  const auth = createClient(AuthService, createConnectTransport({ baseUrl: await baseUrl(), httpVersion: "1.1" }));
  const all: Leaver[] = [];
  for (const [index, { protocol, other, withMessages }] of WAYS.entries()) {
    const user = handleOf(index);
    const email = `${user}@example.org`;
    const { session } = await auth.register({ email, username: user, password, displayName: user });
    const devices: RawClient[] = [];
    for (const each of [protocol, other]) {
      const name = `leaver ${index + 1}/${each}`;
      const common = { user, password, baseUrl: await baseUrl(), recorder, now, mayLeave: true };
      devices.push(startRawClient({ ...common, name, protocol: each }));
    }
    all.push({ user, person: Number(session?.user?.id), email, withMessages, devices });
  }

  return {
    all,
    registered: new Map(all.map(({ person, user }) => [person, user])),
    async run({ scene, seed, seconds, over }) {
      const found = await Promise.all(
        all.map(async ({ user, person, withMessages, devices }) => {
          const random = createRandom(seed, `leaving ${user}`);
          const [first] = devices;
          const leavesAfterMs = seconds * random.int(1_000 * GOES.from, 1_000 * GOES.to);
          const talking = devices.map((client) =>
            talk(
              client,
              person,
              scene,
              createRandom(seed, `client ${client.name}`),
              AbortSignal.any([over, client.gone]),
            ),
          );
          await delay(leavesAfterMs, undefined, { signal: over }).catch(() => undefined); // the run was cut short: they go now
          void first?.leave({ withMessages });
          await Promise.all(talking);
          // Those who never got an answer in the run get one after it.
          const isGone = await allAborted(
            devices.map(({ gone }) => gone),
            ANSWER_MS,
          );
          const text = `${user} asked for the removal of their account, and got no answer`;
          return isGone ? [] : [{ kind: "stuck", text } as const];
        }),
      );
      return found.flat();
    },
    async close() {
      await Promise.all(all.flatMap(({ devices }) => devices.map((device) => device.close())));
    },
  };
}

/** The first handles of those who remove their accounts. */
export const LEAVING = WAYS.map((_, index) => handleOf(index));

function handleOf(index: number): string {
  return `parting-${index + 1}`;
}

/** Whether they all are in time. */
async function allAborted(signals: readonly AbortSignal[], ms: number): Promise<boolean> {
  const deadline = AbortSignal.timeout(ms);
  for (const signal of signals) {
    const either = AbortSignal.any([signal, deadline]);
    if (!either.aborted) await once(either, "abort");
  }
  return signals.every(({ aborted }) => aborted);
}
