import type { ChatClient, ChatEvent, ChatMessage, ConnectionState } from "@chat/client";
import { CommandError, EXIT } from "./exit-code.ts";
import { settled } from "./wait-for.ts";

/** How far back a reload after a reset looks, and how many messages are remembered so as not to show them twice. */
const RELOAD_LIMIT = 500;

/** What {@link follow} needs. */
export interface FollowOptions {
  readonly client: ChatClient;
  readonly signal: AbortSignal;
  now(): number;
  /** Canonical id; undefined: all. */
  readonly conversation: string | undefined;
  /** The newest messages, ascending. */
  history(limit: number): Promise<readonly ChatMessage[]>;
  /** How many stored messages come first. */
  readonly limit: number;
  show(event: ChatEvent | { readonly kind: "message-posted"; readonly message: ChatMessage }): void;
  note(text: string): void;
}

/**
 * Shows history, then every event once, in order, across lost connections and resets. Listens before it loads, so that
 * nothing falls between. Ends by rejecting: with the signal's reason, or "sign-in needed" when the session ends.
 */
export async function follow(options: FollowOptions): Promise<never> {
  const { client, signal, conversation, show } = options;
  const shown = createShownMessages(RELOAD_LIMIT);
  /** Set while history loads: events wait here. */
  let held: ChatEvent[] | undefined = [];
  const ended = Promise.withResolvers<never>();
  const take = (event: ChatEvent) => {
    if (conversation !== undefined && event.conversation !== conversation) return;
    if (event.kind === "message-posted" && !shown.add(event.message)) return;
    show(event);
  };
  const load = async (limit: number, firstSentAt = 0) => {
    held ??= [];
    for (const message of limit === 0 ? [] : await options.history(limit)) {
      if (message.sentAt >= firstSentAt && shown.add(message)) show({ kind: "message-posted", message });
    }
    const waiting = held;
    held = undefined;
    waiting.forEach(take);
  };
  using stops = new DisposableStack();
  stops.defer(client.feed.onEvent((event) => (held === undefined ? take(event) : void held.push(event))));
  stops.defer(
    client.feed.onReset(() => {
      options.note("The server's history was cut or restored: loading anew.");
      load(RELOAD_LIMIT, shown.newestSentAt()).catch(ended.reject);
    }),
  );
  stops.defer(client.feed.$connection.listen((state) => noteConnection(state, options)));
  client.feed.start();
  const sessionEnd = settled(client.session.$state, ({ state }) => state === "signed-out", signal).then(() => {
    throw new CommandError(EXIT.signInNeeded, "Your session has ended. Sign in with: chat login");
  });
  const started = settled(client.feed.$connection, ({ state }) => state === "live", signal).then(() =>
    load(options.limit),
  );
  started.catch(ended.reject);
  return await Promise.race([sessionEnd, ended.promise]);
}

function noteConnection(state: ConnectionState, { note, now }: FollowOptions): void {
  if (state.state !== "waiting") return;
  const seconds = Math.max(0, Math.ceil((state.retryAt - now()) / 1_000));
  note(`chat: offline (${state.reason}), trying again in ${seconds} s`);
}

/** Remembers the newest messages by client id, which outlives a change of positions. */
function createShownMessages(most: number): { add(message: ChatMessage): boolean; newestSentAt(): number } {
  const ids = new Set<string>();
  let newest = 0;
  return {
    add({ clientId, sender, sentAt }) {
      const id = `${sender} ${clientId}`;
      if (ids.has(id)) return false;
      ids.add(id);
      newest = Math.max(newest, sentAt);
      const [oldest] = ids;
      if (ids.size > most && oldest !== undefined) ids.delete(oldest);
      return true;
    },
    newestSentAt: () => newest,
  };
}
