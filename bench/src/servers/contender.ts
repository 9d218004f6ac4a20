import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePorts, startNatsServer } from "../../../scripts/nats-server/start.ts";
import { ROOT } from "../../../scripts/paths.ts";
import type { Identity, Protocol, Target } from "../load/link.ts";
import { type Child, startNode } from "../process/child.ts";
import { seed } from "./seed.ts";

/** Who is measured: one server (and, where it needs one, a nats-server of its own) spoken to in one protocol. */
export interface Contender {
  /** Stands in tables and in results: "ours nats grpc-web". */
  readonly name: string;
  readonly server: "ours" | "socket.io" | "floor";
  readonly protocol: Protocol;
  /** None: ours is embedded, the others keep nothing. `synced`: each record is synced before NATS acknowledges it. */
  readonly nats?: "synced" | "unsynced";
}

/** A contender that runs. */
export interface Running extends AsyncDisposable {
  readonly contender: Contender;
  readonly target: Target;
  /** Ours: people with tokens. Others: people. */
  readonly people: readonly Identity[];
  /** Its nats-server's process. */
  readonly natsPid: number | undefined;
  readonly child: Child;
}

/** What a contender needs to be there. */
export interface StartOptions {
  readonly people: number;
  readonly room?: string;
  /** Flags of Node.js for the server. */
  readonly execArgs?: readonly string[];
}

/** Starts a contender and waits until it serves. */
export async function startContender(contender: Contender, options: StartOptions): Promise<Running> {
  await using started = new AsyncDisposableStack();
  const nats = contender.nats && started.use(await startNatsServer({ syncAlways: contender.nats === "synced" }));
  const [port] = (await freePorts(1)) as [number];
  const env: NodeJS.ProcessEnv = { PORT: String(port), ...(nats && { NATS_URL: nats.url }) };
  let people: readonly Identity[] = Array.from({ length: options.people }, (_, index) => ({
    handle: `u${index}`,
    token: "",
  }));
  let child: Child;
  if (contender.server === "ours") {
    const dataDir = await mkdtemp(join(tmpdir(), "chat-bench-"));
    people = await seed({ dataDir, natsUrl: nats?.url, people: options.people, room: options.room });
    child = await startOurs({ env: { ...env, DATA_DIR: dataDir }, execArgs: options.execArgs, scratch: [dataDir] });
  } else {
    const file = contender.server === "floor" ? "floor-server.ts" : "socket-io-server.ts";
    child = startNode({
      file: join(import.meta.dirname, file),
      execArgs: options.execArgs ?? [],
      env: {
        ...env,
        NODE_ENV: "production",
        FLOOR: contender.protocol === "floor-http2" ? "http2" : "http1",
      },
    });
    await child.printed(/ready \d+/);
  }
  started.use(child);
  const resources = started.move();
  return {
    contender,
    target: { protocol: contender.protocol, port, pid: child.pid },
    people,
    natsPid: nats?.pid,
    child,
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

/** The product's own server, as `npm start` runs it, when it is ready. `env` as in the README; directories of `scratch` go away with it. */
export async function startOurs(options: {
  env: NodeJS.ProcessEnv;
  execArgs?: readonly string[] | undefined;
  scratch?: readonly string[];
}): Promise<Child> {
  const child = startNode({
    file: join(ROOT, "server/src/main.ts"),
    execArgs: options.execArgs ?? [],
    env: {
      LOG_LEVEL: "info",
      RATE_LIMITS: "off",
      NODE_ENV: "production",
      HOST: "127.0.0.1",
      // Everybody comes from one address here.
      CONNECTIONS_PER_ADDRESS: "0",
      STREAMS_PER_ADDRESS: "0",
      ...options.env,
    },
    scratch: options.scratch ?? [],
  });
  await child.printed(/"msg":"ready"/);
  return child;
}
