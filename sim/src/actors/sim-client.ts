import type { Interceptor } from "@connectrpc/connect";
import {
  type ChatClient,
  createChatClient,
  createMemoryArea,
  createMemoryStorage,
  type MemoryArea,
  type OutboxAction,
} from "@chat/client";
import type { ChaosClient } from "../../../chaos/src/clients/chaos-client.ts";
import { createSeenMessages } from "../../../chaos/src/clients/seen-messages.ts";
import { createWitness } from "../../../chaos/src/clients/witness.ts";
import type { Recorder, WatchRecorder } from "../../../chaos/src/recorder.ts";
import { pendingIn, unsentIn } from "../../../chaos/src/clients/unsent.ts";
import { toldRow } from "../../../chaos/src/rows.ts";
import { createSessionGuard } from "../check/session-guard.ts";
import { createSimHttp, type Way } from "../net/sim-http.ts";
import { createSimTransport, type Protocol } from "../net/sim-transport.ts";
import { type Machine, startMachine } from "../world/machine.ts";
import type { World } from "../world/world.ts";
import { restarting, type RestartingWatch } from "./restarting-watch.ts";
import { createTracer } from "./tracer.ts";

/** The password of everybody here. */
export const PASSWORD = "correct horse 9 battery";

/** How long somebody takes to see that something was refused, in ms. */
const LOOK_AGAIN_MS = 50;

/** Between two tries of a person at anything that failed, in ms. */
const TRY_AGAIN_MS = 300;

/** A device with the product's own SDK: its processes come and go, its storage stays. */
export interface SimClient extends ChaosClient {
  readonly sdk: ChatClient;
  /** Makes the account of its user, or signs in to it. Resolves when that has worked. */
  enter(how: "register" | "login"): Promise<void>;
  /** What it asked its outbox to send, in that order: client_ids by where to. */
  readonly sent: ReadonlyMap<string, readonly string[]>;
  readonly resets: number;
}

/** What a device is made with. */
export interface SimClientOptions {
  readonly world: World;
  readonly recorder: Recorder;
  readonly name: string;
  readonly user: string;
  readonly protocol: Protocol;
  readonly address: string;
  /** The ways to the servers. */
  readonly ways: readonly Way[];
  readonly report: (text: string) => void;
}

/** Makes a device that is signed out. */
export function createSimClient(options: SimClientOptions): SimClient {
  const { world, recorder, name, user } = options;
  const chance = world.chance(name);
  const seen = createSeenMessages();
  const sent = new Map<string, string[]>();
  const guard = createSessionGuard({ client: name, report: options.report });
  let area = createMemoryArea();
  let lives = 0;
  let resets = 0;
  let isLeaving = false;
  let isOver = false;
  let machine: Machine;
  let client: ChatClient;
  let watch: RestartingWatch;
  /** The record that the one of this life goes on from. */
  let continued: WatchRecorder | undefined;

  function open(continues: WatchRecorder | undefined): void {
    lives++;
    continued = continues;
    const own = startMachine(world, `${name} life ${lives}`);
    machine = own;
    const onReset = (): void => {
      resets++;
      guard.forget();
      world.note(`${name} is reset`);
      world.reached("a client is reset");
    };
    const onCaughtUp = (): void => world.reached("a stream catches up on what its client missed");
    watch = restarting(recorder, `${name} life ${lives}`, user, continues, onReset, onCaughtUp);
    const opened = openSdk({ ...options, machine: own, area }, [
      guard.interceptor,
      createWitness({ client: name, user, recorder, watch: () => watch }),
    ]);
    client = opened;
    opened.feed.onChange((change) => {
      if (client !== opened) return;
      const row = toldRow(change);
      if (row) watch.told(row);
      if (change.row === "message") seen.add(change.message);
    });
    // A person looks at what was refused, also in an earlier life, and gives it up.
    opened.outbox.$items.subscribe((items) => {
      for (const { state, clientId } of items)
        if (state === "failed") own.at(LOOK_AGAIN_MS, () => void opened.outbox.discard(clientId));
    });
    opened.session.$state.subscribe((state) => {
      if (client !== opened || state.state !== "signed-out" || isLeaving || isOver || !state.ended) return;
      options.report(`the session of ${name} was ended though nobody signed out`);
    });
  }

  /** Until it works. A process that died meanwhile goes on in its next life. */
  async function enter(how: "register" | "login"): Promise<void> {
    while (client.session.$state.get().state !== "signed-in" && !isOver) {
      const { session } = client;
      try {
        if (how === "register")
          await session.register({ email: `${user}@example.org`, username: user, password: PASSWORD });
        else await session.login({ login: user, password: PASSWORD });
        world.note(`${name} is signed in`);
      } catch (error) {
        world.note(`${name} can't sign in yet: ${String(error)}`);
        world.reached("signing in is tried again");
        await world.pause(TRY_AGAIN_MS + chance.between(0, TRY_AGAIN_MS));
      }
    }
  }

  async function quietly(work: () => Promise<unknown>): Promise<void> {
    try {
      await Promise.race([work(), machine.died]);
    } catch {
      // The record has it.
    }
  }

  function noteSent(action: OutboxAction, clientId: string): void {
    if (action.kind !== "send") return;
    const list = sent.get(action.conversation);
    if (list) list.push(clientId);
    else sent.set(action.conversation, [clientId]);
  }

  open(undefined);

  return {
    name,
    user,
    seen,
    sent,
    enter,
    get sdk() {
      return client;
    },
    get resets() {
      return resets;
    },
    async act(action) {
      const { outbox } = client;
      await quietly(async () => {
        const { clientId } = await outbox.add(action);
        noteSent(action, clientId);
        try {
          await outbox.done(clientId);
        } catch {
          world.reached("an action is refused for good");
        }
      });
    },
    rename: (handle) => quietly(() => client.session.updateProfile({ username: handle })),
    read: (conversation) => quietly(() => client.messages.list(conversation === undefined ? {} : { conversation })),
    async signInAnew() {
      if (isLeaving) return;
      isLeaving = true;
      world.note(`${name} signs out`);
      await quietly(() => client.session.logout());
      watch.startAnew();
      sent.clear(); // what had not been stored was given up, and may still come late
      isLeaving = false;
      await enter("login");
    },
    async crash() {
      if (isLeaving || client.session.$state.get().state !== "signed-in") return;
      world.note(`${name} crashes with ${client.outbox.$items.get().length} actions in its outbox`);
      world.reached("a client crashes");
      if (client.outbox.$items.get().length > 0) world.reached("a client crashes with actions in its outbox");
      machine.kill();
      watch.ended();
      // The storage stays; who held its locks is gone.
      area = { ...createMemoryArea(), low: area.low };
      const hasCursor = Object.keys(area.low.data).some((key) => /^u\/\d+\/cursor$/.test(key));
      // A life that never got a stream leaves the place that it began with.
      const left = watch.to >= 0 ? watch.current : continued;
      open(hasCursor ? left : undefined);
      return Promise.resolve();
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
      isOver = true;
      watch.ended(true);
      await client.close();
    },
  };
}

/** The product's client in one process of this world. */
export function openSdk(
  options: Pick<SimClientOptions, "world" | "name" | "protocol" | "address" | "ways" | "report"> & {
    machine: Machine;
    area: MemoryArea;
  },
  interceptors: Interceptor[],
): ChatClient {
  const { world, name, machine, area, ways } = options;
  const { environment, clientIds: ids } = machine;
  const httpClient = createSimHttp({
    world,
    client: machine,
    address: options.address,
    choose() {
      // Mostly one that listens, as behind a load balancer that has not noticed everything.
      const open = ways.filter(({ listening }) => listening() !== undefined);
      return machine.chance.pick(open.length > 0 && machine.chance.happens(0.9) ? open : ways);
    },
  });
  return createChatClient({
    transport: createSimTransport({
      machine,
      protocol: options.protocol,
      httpClient,
      interceptors: [...interceptors, createTracer(world, name, options.report)],
    }),
    storage: createMemoryStorage(area),
    cursor: "stored",
    environment: { now: environment.now, random: environment.random, timers: environment.timers, ids },
  });
}
