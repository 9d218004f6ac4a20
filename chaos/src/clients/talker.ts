import { setTimeout as delay } from "node:timers/promises";
import type { Random } from "../random.ts";
import type { ChaosClient } from "./chaos-client.ts";

/** Between two actions of one client. */
const PAUSE_MS = [150, 600] as const;

/** Messages without an answer, past which a client writes no more: a person would wait too. */
const PENDING_MAX = 8;

/** Who and what there is to talk to. */
export interface Scene {
  readonly users: readonly string[];
  readonly rooms: readonly string[];
  /** Names of rooms that several try to make. */
  readonly contested: readonly string[];
}

/** Actions and how often each is drawn. */
const ACTIONS = {
  "post to a person": 42,
  "post to a room": 38,
  "read a conversation": 5,
  "read everything": 3,
  join: 7,
  leave: 2,
  create: 2,
  "sign in anew": 1,
} as const;

const DECK = Object.entries(ACTIONS).flatMap(([action, share]) =>
  Array<keyof typeof ACTIONS>(share).fill(action as keyof typeof ACTIONS),
);

/**
 * Lets a client talk until the signal aborts. What it does, and in which order, comes from `random` alone: each turn draws the same number of times,
 * whatever happens.
 */
export async function talk(client: ChaosClient, scene: Scene, random: Random, signal: AbortSignal): Promise<void> {
  for (let turn = 1; !signal.aborted; turn++) {
    const pauseMs = random.int(...PAUSE_MS);
    const action = random.pick(DECK);
    const person = `@${random.pick(scene.users)}`;
    const room = random.pick(scene.rooms);
    const contested = random.pick(scene.contested);
    const anyRoom = random.pick([...scene.rooms, ...scene.contested]);
    await delay(pauseMs, undefined, { signal }).catch(() => undefined); // aborted: the loop ends
    if (signal.aborted) return;
    const text = `${client.name} ${turn}`;
    const isFree = client.pending < PENDING_MAX;
    switch (action) {
      case "post to a person":
        if (isFree) client.post(person, text);
        break;
      case "post to a room":
        if (isFree) client.post(room, text);
        break;
      case "read a conversation":
        await client.read(turn % 2 === 0 ? person : room);
        break;
      case "read everything":
        await client.read(undefined);
        break;
      case "join":
        await client.join(anyRoom);
        break;
      case "leave":
        await client.leave(anyRoom);
        break;
      case "create":
        await client.create(contested);
        break;
      case "sign in anew":
        // Rarely: it costs a server a password hash.
        if (turn % 4 === 0) await client.signInAnew();
        break;
    }
  }
}
