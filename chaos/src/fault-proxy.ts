import { createServer, createConnection, type AddressInfo, type Socket } from "node:net";
import { once } from "node:events";

/** What the way between two processes does to the bytes. */
export type LinkState =
  | { readonly kind: "clear" }
  /** Connections are reset, and new ones too. */
  | { readonly kind: "cut" }
  /** Every chunk arrives so much later, in order. */
  | { readonly kind: "delayed"; readonly ms: number }
  /** No more than this passes, each way and connection. */
  | { readonly kind: "throttled"; readonly bytesPerSecond: number }
  /** Nothing passes and nothing is reset: a dead peer as TCP sees it. New connections are accepted and hear nothing. */
  | { readonly kind: "silent" }
  /** What clients send is lost in silence, what the server sends arrives. */
  | { readonly kind: "half-open" };

/** A TCP proxy on loopback that can be told to misbehave. */
export interface FaultProxy {
  readonly port: number;
  /** Applies to open connections and to those to come. Bytes lost in silence stay lost: a connection that lost some is reset when the link clears. */
  set(state: LinkState): void;
  /** Resets the open connections once; the link stays as it is. */
  reset(): void;
  /** Bytes passed on, and swallowed, since the start. */
  readonly bytes: { readonly toServer: number; readonly toClient: number; readonly lost: number };
  [Symbol.asyncDispose](): Promise<void>;
}

/** How often a throttled link lets its share through. */
const THROTTLE_STEP_MS = 50;

/** Bytes one direction holds back before it stops reading from its source. */
const HELD_MAX_BYTES = 1024 * 1024;

/** Starts a proxy to a port on this machine. @param options.target asked anew for each connection where it is a function */
export async function startFaultProxy(options: {
  target: number | (() => number);
  host?: string;
}): Promise<FaultProxy> {
  const { host = "127.0.0.1", target } = options;
  const portOf = typeof target === "function" ? target : () => target;
  let state: LinkState = { kind: "clear" };
  const links = new Set<Link>();
  const bytes = { toServer: 0, toClient: 0, lost: 0 };

  const server = createServer({ noDelay: true }, (client) => {
    if (state.kind === "cut") return void client.resetAndDestroy();
    const upstream = createConnection({ host, port: portOf(), noDelay: true });
    const link = createLink(client, upstream, () => state, bytes);
    links.add(link);
    link.closed.then(
      () => links.delete(link),
      () => links.delete(link),
    );
  });
  server.listen(0, host);
  await once(server, "listening");

  return {
    port: (server.address() as AddressInfo).port,
    set(next) {
      state = next;
      for (const link of links) link.changed();
    },
    reset() {
      for (const link of links) link.reset();
    },
    bytes,
    async [Symbol.asyncDispose]() {
      server.close();
      for (const link of links) link.reset();
      await once(server, "close");
    },
  };
}

interface Link {
  /** The link's state is another now. */
  changed(): void;
  reset(): void;
  readonly closed: Promise<void>;
}

function createLink(
  client: Socket,
  upstream: Socket,
  stateOf: () => LinkState,
  bytes: { toServer: number; toClient: number; lost: number },
): Link {
  const closed = Promise.withResolvers<void>();
  let lossy = false;
  const lost = (count: number): void => {
    lossy = true;
    bytes.lost += count;
  };
  const toServer = createPipe(
    client,
    upstream,
    (state) => state.kind === "silent" || state.kind === "half-open",
    (count) => (bytes.toServer += count),
    stateOf,
    lost,
  );
  const toClient = createPipe(
    upstream,
    client,
    (state) => state.kind === "silent",
    (count) => (bytes.toClient += count),
    stateOf,
    lost,
  );

  const reset = (): void => {
    client.resetAndDestroy();
    upstream.resetAndDestroy();
    toServer.stop();
    toClient.stop();
    closed.resolve();
  };
  for (const socket of [client, upstream]) {
    socket.on("error", () => undefined); // told by "close" too
    socket.on("close", () => {
      // Behind a silent link, the other side must not hear that this one is gone.
      if (stateOf().kind === "silent" || stateOf().kind === "half-open") lossy = true;
      else reset();
    });
  }
  return {
    changed() {
      const { kind } = stateOf();
      if (kind === "cut" || (lossy && kind !== "silent" && kind !== "half-open")) reset();
      else {
        toServer.changed();
        toClient.changed();
      }
    },
    reset,
    closed: closed.promise,
  };
}

/** One direction of a connection. */
function createPipe(
  source: Socket,
  sink: Socket,
  drops: (state: LinkState) => boolean,
  passed: (bytes: number) => void,
  stateOf: () => LinkState,
  lost: (bytes: number) => void,
): { changed(): void; stop(): void } {
  const held: { chunk: Buffer; due: number }[] = [];
  let heldBytes = 0;
  let timer: NodeJS.Timeout | undefined;

  function write(chunk: Buffer): void {
    if (sink.destroyed) return;
    passed(chunk.length);
    if (!sink.write(chunk)) {
      source.pause();
      sink.once("drain", () => source.resume());
    }
  }

  function release(): void {
    timer = undefined;
    const state = stateOf();
    let allowance =
      state.kind === "throttled"
        ? Math.max(1, Math.floor((state.bytesPerSecond * THROTTLE_STEP_MS) / 1_000))
        : Infinity;
    const now = Date.now();
    for (let next = held[0]; next && allowance > 0 && (state.kind !== "delayed" || next.due <= now); next = held[0]) {
      const part = next.chunk.subarray(0, allowance);
      allowance -= part.length;
      heldBytes -= part.length;
      if (part.length === next.chunk.length) held.shift();
      else held[0] = { ...next, chunk: next.chunk.subarray(part.length) };
      write(part);
    }
    if (heldBytes < HELD_MAX_BYTES && !source.destroyed) source.resume();
    schedule();
  }

  function schedule(): void {
    const next = held[0];
    if (!next || timer) return;
    const state = stateOf();
    const ms =
      state.kind === "delayed" ? Math.max(1, next.due - Date.now()) : state.kind === "throttled" ? THROTTLE_STEP_MS : 0;
    timer = setTimeout(release, ms);
  }

  source.on("data", (chunk: Buffer) => {
    const state = stateOf();
    if (drops(state)) return lost(chunk.length);
    if (held.length === 0 && (state.kind === "clear" || state.kind === "half-open")) return write(chunk);
    held.push({ chunk, due: Date.now() + (state.kind === "delayed" ? state.ms : 0) });
    heldBytes += chunk.length;
    if (heldBytes >= HELD_MAX_BYTES) source.pause();
    schedule();
  });

  return {
    changed() {
      if (timer) clearTimeout(timer);
      timer = undefined;
      schedule();
    },
    stop() {
      if (timer) clearTimeout(timer);
      held.length = 0;
    },
  };
}
