import { setTimeout as delay } from "node:timers/promises";
import type { Random } from "../random.ts";
import type { ChaosClient } from "./chaos-client.ts";

/** How a client takes its time. */
export interface Pace {
  /** Between two actions, in ms. */
  readonly pauseMs: readonly [min: number, max: number];
  /** Resolves after so long. May reject on abort. */
  pause(ms: number, signal: AbortSignal): Promise<void>;
}

const PACE: Pace = { pauseMs: [150, 600], pause: (ms, signal) => delay(ms, undefined, { signal }) };

/** Actions without an answer, past which a client does no more: a person would wait too. */
const PENDING_MAX = 8;

const EMOJI = ["👍", "❤️", "🎉", "👩🏽‍🚀"] as const;

/** Who and what there is to talk to. */
export interface Scene {
  readonly users: readonly string[];
  readonly rooms: readonly string[];
  /** Names of rooms that several try to make, or to give to their own. */
  readonly contested: readonly string[];
  /** Handles that several try to take. */
  readonly handles: readonly string[];
}

/** Actions and how often each is drawn. */
const ACTIONS = {
  "post to a person": 24,
  "post to a room": 24,
  answer: 4,
  edit: 8,
  delete: 3,
  react: 9,
  unreact: 5,
  pin: 3,
  unpin: 2,
  "read a conversation": 5,
  "read everything": 3,
  join: 6,
  leave: 2,
  create: 2,
  "rename a room": 2,
  "rename oneself": 1,
  "sign in anew": 1,
} as const;

const DECK = Object.entries(ACTIONS).flatMap(([action, share]) =>
  Array<keyof typeof ACTIONS>(share).fill(action as keyof typeof ACTIONS),
);

/** Turns of which one is taken: signing in costs a server a password hash. */
const SIGN_IN_TURNS = 4;

/**
 * Lets a client talk until the signal aborts. What it does, and in which order, comes from `random` alone: each turn draws the same number of times,
 * whatever happens.
 * @param person id of the client's user
 */
export async function talk(
  client: ChaosClient,
  person: number,
  scene: Scene,
  random: Random,
  signal: AbortSignal,
  pace: Pace = PACE,
): Promise<void> {
  for (let turn = 1; !signal.aborted; turn++) {
    const pauseMs = random.int(...pace.pauseMs);
    const action = random.pick(DECK);
    const to = `@${random.pick([...scene.users, ...scene.users, ...scene.handles])}`;
    const room = random.pick(scene.rooms);
    const contested = random.pick(scene.contested);
    const anyRoom = random.pick([...scene.rooms, ...scene.contested]);
    const handle = random.pick([client.user, `${client.user}-too`, ...scene.handles]);
    const share = random.int(0, 99) / 100;
    const emoji = random.pick(EMOJI);
    await pace.pause(pauseMs, signal).catch(() => undefined); // aborted: the loop ends
    if (signal.aborted) return;
    // With an end: no text of a run is the beginning of another one.
    const text = `${client.name} ${turn}.`;
    const act = (made: Parameters<ChaosClient["act"]>[0]): void => {
      if (client.pending < PENDING_MAX) void client.act(made);
    };
    const any = client.seen.any(share);
    const own = client.seen.of(person, share);
    switch (action) {
      case "post to a person":
        act({ kind: "send", conversation: to, text });
        break;
      case "post to a room":
        act({ kind: "send", conversation: room, text });
        break;
      case "answer":
        if (any) act({ kind: "send", conversation: any.conversation, text, replyTo: any.seq });
        break;
      case "edit":
        if (own) act({ kind: "edit", seq: own.seq, text });
        break;
      case "delete":
        if (own) act({ kind: "delete", seq: own.seq });
        break;
      case "react":
        if (any) act({ kind: "react", seq: any.seq, emoji });
        break;
      case "unreact":
        if (any) act({ kind: "unreact", seq: any.seq, emoji });
        break;
      case "pin":
        if (any) act({ kind: "pin", seq: any.seq });
        break;
      case "unpin":
        if (any) act({ kind: "unpin", seq: any.seq });
        break;
      case "read a conversation":
        await client.read(turn % 2 === 0 ? to : room);
        break;
      case "read everything":
        await client.read(undefined);
        break;
      case "join":
        act({ kind: "join", room: anyRoom });
        break;
      case "leave":
        act({ kind: "leave", room: anyRoom });
        break;
      case "create":
        act({ kind: "create-room", name: contested.slice(1), title: "", topic: "" });
        break;
      case "rename a room":
        act({ kind: "update-room", room: anyRoom, name: contested.slice(1) });
        break;
      case "rename oneself":
        void client.rename(handle);
        break;
      case "sign in anew":
        if (turn % SIGN_IN_TURNS === 0) await client.signInAnew();
        break;
    }
  }
}
