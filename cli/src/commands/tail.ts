import type { ChatChange, ChatClient, ChatMessage, ConnectionState } from "@chat/client";
import { parseAddress } from "../address.ts";
import { conversationIdOf, createChangePrinter } from "../change-printer.ts";
import { defineCommand } from "../command.ts";
import { CommandError, EXIT } from "../exit-code.ts";
import { parseCount } from "../time-input.ts";
import { settled } from "../wait-for.ts";
import { newest } from "./read.ts";

const DEFAULT_LIMIT = 10;
/** How far back a reload after a reset looks. */
const RELOAD_LIMIT = 500;

/** Prints the newest messages and, with --follow, every change. */
export const tail = defineCommand({
  name: "tail",
  summary: "Print the newest messages; with --follow also what comes",
  arguments: [{ name: "ADDRESS", summary: "@handle or '#room'; without it everything you may see", required: false }],
  options: {
    follow: { type: "boolean", short: "f", summary: "Go on until interrupted; survives lost connections" },
    limit: {
      type: "string",
      short: "n",
      placeholder: "N",
      summary: "Begin with the newest N (default 10; 0 with --resume)",
    },
    resume: { type: "boolean", summary: "With --follow: begin where the last run ended, missing nothing" },
    seq: { type: "boolean", summary: "Begin each line with the message's seq" },
  },
  examples: [
    "chat tail --follow",
    "chat tail '#alerts' --follow --json | jq -r 'select(.cause == \"message_posted\") | .text'",
  ],
  async run(context) {
    const { values, positionals, print, signal } = context;
    const address = positionals[0] === undefined ? undefined : parseAddress(positionals[0]);
    const fallback = values.follow && values.resume ? 0 : DEFAULT_LIMIT;
    const limit =
      values.limit === undefined ? fallback : parseCount(values.limit, "--limit", { min: 0, max: 1_000_000 });
    const { client } = await context.openSignedIn({ resume: values.resume ? "stored" : "fresh" });
    const query = { signal, ...(address === undefined ? {} : { conversation: address }) };
    const printer = createChangePrinter({
      client,
      print,
      now: context.now,
      mixed: address === undefined,
      withSeq: values.seq,
    });
    if (!values.follow) {
      for (const message of await newest(client.messages, limit, query)) await printer.message(message);
      return;
    }
    await follow({
      ...{ client, signal, address, limit, now: context.now, note: print.note },
      history: (wanted) => newest(client.messages, wanted, query),
      message: printer.message,
      change: printer.change,
    });
  },
});

interface FollowOptions {
  readonly client: ChatClient;
  readonly signal: AbortSignal;
  now(): number;
  /** Undefined: all conversations. */
  readonly address: string | undefined;
  /** How many stored messages come first. */
  readonly limit: number;
  /** The newest messages, ascending. */
  history(limit: number): Promise<readonly ChatMessage[]>;
  message(message: ChatMessage): Promise<void>;
  change(change: ChatChange): Promise<void>;
  note(text: string): void;
}

/**
 * Shows history, then every change once, in order, across lost connections and resets. Listens before it loads, so that
 * nothing falls between. Ends by rejecting: with the signal's reason, or "sign-in needed" when the session ends.
 */
async function follow(options: FollowOptions): Promise<never> {
  const { client, signal } = options;
  const shown = createShownVersions();
  const ended = Promise.withResolvers<never>();
  let conversation: string | undefined;
  // One thing after the other: history, then what came while it loaded, then what comes.
  let last: Promise<unknown> = settled(client.feed.$connection, ({ state }) => state === "live", signal);
  const then = (work: () => Promise<void>) => {
    last = last.then(work);
    last.catch(ended.reject);
  };
  const load = async (limit: number, firstSentAt = 0) => {
    if (options.address !== undefined) conversation = await idOf(client, options.address);
    for (const message of limit === 0 ? [] : await options.history(limit)) {
      if (message.sentAt >= firstSentAt && shown.isNew(message)) await options.message(message);
    }
  };
  using stops = new DisposableStack();
  stops.defer(
    client.feed.onChange((change) =>
      then(async () => {
        if (options.address !== undefined && conversationIdOf(change) !== conversation) return;
        if (change.row !== "message" || shown.isNew(change.message)) await options.change(change);
      }),
    ),
  );
  stops.defer(
    client.feed.onReset(() => {
      options.note("The server's history was cut or restored: loading it again.");
      then(() => load(RELOAD_LIMIT, shown.newestSentAt()));
    }),
  );
  stops.defer(client.feed.$connection.listen((state) => noteConnection(state, options)));
  then(() => load(options.limit));
  client.feed.start();
  const sessionEnd = settled(client.session.$state, ({ state }) => state === "signed-out", signal).then(() => {
    throw new CommandError(EXIT.signInNeeded, "Your session has ended. Sign in with: chat login");
  });
  return await Promise.race([sessionEnd, ended.promise]);
}

async function idOf(client: ChatClient, address: string): Promise<string> {
  const found = await client.conversations.find(address);
  if (found === undefined) throw new CommandError(EXIT.notFound, `There is no ${address}.`);
  return found.id;
}

function noteConnection(state: ConnectionState, { note, now }: FollowOptions): void {
  if (state.state !== "waiting") return;
  const seconds = Math.max(0, Math.ceil((state.retryAt - now()) / 1_000));
  note(`chat: offline (${state.reason}), trying again in ${seconds} s`);
}

/** Which rows have been shown: history and the feed overlap where history has read further. */
function createShownVersions(): { isNew(message: ChatMessage): boolean; newestSentAt(): number } {
  /** By sender and client id, which outlive a change of positions. */
  const versions = new Map<string, { seq: number; version: number }>();
  let newestAt = 0;
  return {
    isNew({ clientId, sender, sentAt, seq, version }) {
      const key = `${sender} ${clientId}`;
      const before = versions.get(key);
      if (before !== undefined && (before.seq !== seq || before.version >= version)) return false;
      versions.delete(key);
      versions.set(key, { seq, version });
      newestAt = Math.max(newestAt, sentAt);
      const [oldest] = versions.keys();
      if (versions.size > RELOAD_LIMIT && oldest !== undefined) versions.delete(oldest);
      return true;
    },
    newestSentAt: () => newestAt,
  };
}
