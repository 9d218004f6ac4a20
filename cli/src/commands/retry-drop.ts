import type { ChatClient, OutboxItem } from "@chat/client";
import { defineCommand, type Command } from "../command.ts";
import { CommandError, EXIT } from "../exit-code.ts";
import { TIMED_OUT, within } from "../wait-for.ts";

const PATIENCE_MS = 10_000;

/** Tries again what the server refused. */
export const retry = defineOutboxCommand({
  name: "retry",
  summary: "Try again what was refused",
  done: "Tried again",
  async deal(client, { clientId }, signal) {
    client.outbox.retry(clientId);
    if (signal === undefined) return;
    if ((await within(client.outbox.done(clientId), PATIENCE_MS, signal)) !== TIMED_OUT) return;
    throw new CommandError(
      EXIT.network,
      "The server did not answer in time. What was tried again stays in the outbox, and will be done by the next run.",
    );
  },
});

/** Gives up what the server refused. */
export const drop = defineOutboxCommand({
  name: "drop",
  summary: "Give up what was refused",
  done: "Given up",
  deal: (client, { clientId }) => client.outbox.discard(clientId),
});

/** From the shell all failed items, or the one that is named; in a conversation those of it, or else all. */
function defineOutboxCommand(given: {
  name: string;
  summary: string;
  done: string;
  /** `signal`: the program waits for the outcome. */
  deal(client: ChatClient, item: OutboxItem, signal?: AbortSignal): Promise<unknown>;
}): Command {
  const { name, summary, done, deal } = given;
  return defineCommand({
    name,
    summary,
    arguments: [{ name: "CLIENT_ID", summary: "One item alone: outbox lists them", required: false }],
    options: {},
    async run({ positionals, print, signal, openSignedIn }) {
      const { client } = await openSignedIn();
      const [wanted] = positionals;
      const items = client.outbox.$items
        .get()
        .filter(({ state, clientId }) => (wanted === undefined ? state === "failed" : clientId === wanted));
      if (wanted !== undefined && items.length === 0)
        throw new CommandError(EXIT.notFound, `There is no ${wanted} in the outbox.`);
      // All of them begin, also where the first is refused again.
      await Promise.all(items.map((item) => deal(client, item, signal)));
      print.note(items.length === 0 ? "Nothing has failed." : `${done}: ${items.length}.`);
    },
    talk: {
      usage: "",
      async run({ client, here, notice }) {
        const all = client.outbox.$items.get().filter(({ state }) => state === "failed");
        const id = client.conversations.$state.get().conversations.find(({ address }) => address === here)?.id;
        const local = all.filter(({ queue }) => queue === here || queue === id);
        if (all.length === 0) notice("Nothing has failed.");
        await Promise.all((local.length > 0 ? local : all).map((item) => deal(client, item)));
      },
    },
  });
}
