import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import * as v from "valibot";
import { ChatError } from "./errors.ts";
import { isAddressOrSubnet } from "./http/client-address.ts";
import { LIMIT_DEFAULTS, type LimitSettings } from "./limits/settings.ts";

/** Everything a server can be told, validated. */
export interface Config {
  readonly host: string;
  readonly port: number;
  readonly tls: TlsConfig | undefined;
  readonly dataDir: string;
  /** Several servers of one cluster, comma-separated. Undefined: the embedded engine. */
  readonly natsUrl: string | undefined;
  /** File with NATS credentials. */
  readonly natsCreds: string | undefined;
  /** Copies of the log and the buckets that NATS keeps when it makes them. */
  readonly natsReplicas: number;
  /** Server processes on one port. */
  readonly workers: number;
  readonly demoUsers: boolean;
  readonly logLevel: string;
  /** How long shutting down may take before it is cut short. */
  readonly shutdownMs: number;
  /** Takes a log that is not the one the read model was made from, and drops the read model. */
  readonly acceptNewLog: boolean;
  /** Starts without any account though the log has records. */
  readonly acceptNoAccounts: boolean;
  /** Addresses and subnets of proxies whose `x-forwarded-for` is believed. */
  readonly trustedProxies: readonly string[];
  readonly limits: LimitSettings;
  /** Names by which clients call this server. Empty: loopback names where it listens on loopback, else any. */
  readonly publicHosts: readonly string[];
  /** Whom the plain port serves where there is one with TLS. */
  readonly plainPort: "loopback" | "open";
  /** Undefined: metrics are told nowhere. */
  readonly metrics: { readonly host: string; readonly port: number } | undefined;
  /** 0: no bound. Undefined: the server's own. */
  readonly connectionsPerAddress: number | undefined;
}

/** A second port with TLS: from files, or with a certificate that is made and kept for development. */
export type TlsConfig = { readonly port: number } & (
  { readonly source: "files"; readonly cert: string; readonly key: string } | { readonly source: "self-signed" }
);

const text = v.pipe(v.string(), v.trim(), v.nonEmpty("must not be empty"));
const port = v.pipe(
  v.string(),
  v.regex(/^\d+$/, "must be a port number"),
  v.transform(Number),
  v.maxValue(65_535, "must be at most 65535"),
);
const flag = v.pipe(
  v.string(),
  v.toLowerCase(),
  v.picklist(["1", "true", "yes", "on", "0", "false", "no", "off", ""], "must be 1 or 0"),
  v.transform((value) => ["1", "true", "yes", "on"].includes(value)),
);
const wholeNumber = (min: number, max: number) =>
  v.pipe(
    v.string(),
    v.regex(/^\d+$/, "must be a whole number"),
    v.transform(Number),
    v.minValue(min, `must be at least ${min}`),
    v.maxValue(max, `must be at most ${max}`),
  );

/** What each setting takes, by its name in the environment. The README's table lists them all. */
const SETTINGS = v.object({
  HOST: v.optional(text, "127.0.0.1"),
  PORT: v.optional(port, "7000"),
  TLS: v.optional(v.picklist(["", "self-signed"], "must be self-signed or empty")),
  TLS_PORT: v.optional(port, "7001"),
  TLS_CERT: v.optional(v.pipe(text, v.check(isReadable, "must be a file that can be read"))),
  TLS_KEY: v.optional(v.pipe(text, v.check(isReadable, "must be a file that can be read"))),
  DATA_DIR: v.optional(text, "./data"),
  NATS_URL: v.optional(
    v.pipe(text, v.check(isNatsUrl, "must be nats://host:port or tls://host:port, several separated by commas")),
  ),
  NATS_CREDS: v.optional(v.pipe(text, v.check(isReadable, "must be a file that can be read"))),
  NATS_REPLICAS: v.optional(
    v.pipe(v.string(), v.picklist(["1", "3", "5"], "must be 1, 3 or 5"), v.transform(Number)),
    "1",
  ),
  WORKERS: v.optional(wholeNumber(1, 64), "1"),
  DEMO_USERS: v.optional(flag, "0"),
  ACCEPT_NEW_LOG: v.optional(flag, "0"),
  ACCEPT_NO_ACCOUNTS: v.optional(flag, "0"),
  LOG_LEVEL: v.optional(
    v.picklist(
      ["trace", "debug", "info", "warn", "error", "fatal", "silent"],
      "must be trace, debug, info, warn, error, fatal or silent",
    ),
    "info",
  ),
  SHUTDOWN_MS: v.optional(wholeNumber(0, 600_000), "10000"),
  TRUSTED_PROXIES: v.optional(
    v.pipe(
      v.string(),
      v.transform(listOf),
      v.check((list) => list.every(isAddressOrSubnet), "must be IP addresses or subnets, separated by commas"),
    ),
    "",
  ),
  RATE_LIMITS: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^(off|on|\d+(\.\d+)?)$/, "must be on, off or a factor such as 2"),
      v.transform((value) => (value === "off" ? 0 : value === "on" ? 1 : Number(value))),
    ),
    "on",
  ),
  ROOMS_PER_DAY: v.optional(wholeNumber(0, 1_000_000), String(LIMIT_DEFAULTS.roomsPerDay)),
  ROOMS_PER_ACCOUNT: v.optional(wholeNumber(0, 1_000_000), String(LIMIT_DEFAULTS.rooms)),
  STORED_MB_PER_DAY: v.optional(wholeNumber(0, 1_000_000), String(LIMIT_DEFAULTS.storedMegabytesPerDay)),
  STREAMS_PER_ACCOUNT: v.optional(wholeNumber(1, 1_000_000), String(LIMIT_DEFAULTS.streamsPerAccount)),
  STREAMS_PER_ADDRESS: v.optional(wholeNumber(0, 1_000_000), String(LIMIT_DEFAULTS.streamsPerAddress)),
  STREAMS_MAX: v.optional(wholeNumber(1, 1_000_000), String(LIMIT_DEFAULTS.streams)),
  PUBLIC_HOSTS: v.optional(
    v.pipe(
      v.string(),
      v.transform(listOf),
      v.check((list) => list.every(isHost), "must be host names, each with a port or without, separated by commas"),
    ),
    "",
  ),
  PLAIN_PORT: v.optional(v.picklist(["loopback", "open"], "must be loopback or open"), "loopback"),
  METRICS_HOST: v.optional(text, "127.0.0.1"),
  METRICS_PORT: v.optional(port),
  CONNECTIONS_PER_ADDRESS: v.optional(wholeNumber(0, 1_000_000)),
});

/** Those that are on or off. */
const FLAGS: ReadonlySet<string> = new Set(["DEMO_USERS", "ACCEPT_NEW_LOG", "ACCEPT_NO_ACCOUNTS"]);

/** Names in the environment; flags are the same in lower case with dashes. */
export const SETTING_NAMES = Object.keys(SETTINGS.entries) as readonly (keyof typeof SETTINGS.entries)[];

/**
 * Reads flags (`--port 7000`, `--demo-users`) and environment (`PORT=7000`), the flags first. An empty value counts as not set.
 * @throws ChatError `invalid_argument` that names every bad value, before anything is opened.
 */
export function loadConfig(options: { env: NodeJS.ProcessEnv; args: readonly string[] }): Config {
  const given: Record<string, string> = {};
  for (const name of SETTING_NAMES) {
    const value = options.env[name];
    if (value !== undefined && value !== "") given[name] = value;
  }
  const problems: string[] = [];
  Object.assign(given, flagsOf(options.args, problems));
  const parsed = v.safeParse(SETTINGS, given);
  for (const issue of parsed.issues ?? []) {
    const name = v.getDotPath(issue) ?? "";
    problems.push(`${name} ${issue.message} (it is ${JSON.stringify(given[name] ?? "")})`);
  }
  if (parsed.success) problems.push(...contradictions(parsed.output));
  if (!parsed.success || problems.length > 0) {
    throw new ChatError(
      "invalid_argument",
      `The configuration is not valid:\n${problems.map((line) => `  ${line}`).join("\n")}`,
    );
  }
  const settings = parsed.output;
  return {
    host: settings.HOST,
    port: settings.PORT,
    tls: tlsOf(settings),
    dataDir: resolve(settings.DATA_DIR),
    natsUrl: settings.NATS_URL,
    natsCreds: settings.NATS_CREDS,
    natsReplicas: settings.NATS_REPLICAS,
    workers: settings.WORKERS,
    demoUsers: settings.DEMO_USERS,
    logLevel: settings.LOG_LEVEL,
    shutdownMs: settings.SHUTDOWN_MS,
    acceptNewLog: settings.ACCEPT_NEW_LOG,
    acceptNoAccounts: settings.ACCEPT_NO_ACCOUNTS,
    trustedProxies: settings.TRUSTED_PROXIES,
    limits: {
      factor: settings.RATE_LIMITS,
      roomsPerDay: settings.ROOMS_PER_DAY,
      rooms: settings.ROOMS_PER_ACCOUNT,
      storedMegabytesPerDay: settings.STORED_MB_PER_DAY,
      streamsPerAccount: settings.STREAMS_PER_ACCOUNT,
      streamsPerAddress: settings.STREAMS_PER_ADDRESS,
      streams: settings.STREAMS_MAX,
    },
    publicHosts: settings.PUBLIC_HOSTS,
    plainPort: settings.PLAIN_PORT,
    metrics:
      settings.METRICS_PORT === undefined ? undefined : { host: settings.METRICS_HOST, port: settings.METRICS_PORT },
    connectionsPerAddress: settings.CONNECTIONS_PER_ADDRESS,
  };
}

type Settings = v.InferOutput<typeof SETTINGS>;

function flagsOf(args: readonly string[], problems: string[]): Record<string, string> {
  const options = Object.fromEntries(
    SETTING_NAMES.map((name) => [
      name.toLowerCase().replaceAll("_", "-"),
      { type: FLAGS.has(name) ? "boolean" : "string" } as const,
    ]),
  );
  try {
    const { values } = parseArgs({ args: [...args], options, allowNegative: true });
    return Object.fromEntries(
      Object.entries(values).map(([flagName, value]) => [
        flagName.toUpperCase().replaceAll("-", "_"),
        typeof value === "boolean" ? (value ? "1" : "0") : String(value),
      ]),
    );
  } catch (error) {
    problems.push((error as Error).message.split(". ")[0] ?? "");
    return {};
  }
}

function contradictions(settings: Settings): string[] {
  const problems: string[] = [];
  if ((settings.TLS_CERT === undefined) !== (settings.TLS_KEY === undefined))
    problems.push("TLS_CERT and TLS_KEY belong together: one of them is not set");
  if (settings.TLS_CERT !== undefined && settings.TLS === "self-signed")
    problems.push("TLS=self-signed and TLS_CERT exclude each other");
  if (settings.NATS_CREDS !== undefined && settings.NATS_URL === undefined) problems.push("NATS_CREDS needs NATS_URL");
  if (settings.WORKERS > 1 && settings.NATS_URL === undefined)
    problems.push("WORKERS above 1 needs NATS_URL: the embedded engine is one process");
  const hasTls = settings.TLS_CERT !== undefined || settings.TLS === "self-signed";
  if (hasTls && settings.TLS_PORT === settings.PORT && settings.PORT !== 0)
    problems.push("TLS_PORT must differ from PORT");
  if (settings.METRICS_PORT && settings.METRICS_PORT === settings.PORT)
    problems.push("METRICS_PORT must differ from PORT");
  if (settings.METRICS_PORT && hasTls && settings.METRICS_PORT === settings.TLS_PORT)
    problems.push("METRICS_PORT must differ from TLS_PORT");
  return problems;
}

function tlsOf(settings: Settings): TlsConfig | undefined {
  const { TLS_CERT: cert, TLS_KEY: key, TLS_PORT: tlsPort } = settings;
  if (cert !== undefined && key !== undefined)
    return { port: tlsPort, source: "files", cert: resolve(cert), key: resolve(key) };
  return settings.TLS === "self-signed" ? { port: tlsPort, source: "self-signed" } : undefined;
}

function listOf(value: string): string[] {
  return value
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
}

function isHost(value: string): boolean {
  return /^(\[[\da-f:.]+\]|[a-z\d._-]+)(:\d{1,5})?$/i.test(value);
}

function isReadable(path: string): boolean {
  try {
    readFileSync(path);
    return true;
  } catch {
    return false; // said in the message
  }
}

function isNatsUrl(value: string): boolean {
  return value.split(",").every((part) => {
    const url = URL.parse(part.trim().includes("://") ? part.trim() : `nats://${part.trim()}`);
    return url !== null && ["nats:", "tls:", "ws:", "wss:"].includes(url.protocol) && url.hostname !== "";
  });
}
