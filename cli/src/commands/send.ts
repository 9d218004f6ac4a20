import { text as readAll } from "node:stream/consumers";
import type { ChatClient, ChatMessage } from "@chat/client";
import { parseAddress } from "../address.ts";
import { defineCommand, type CommandContext } from "../command.ts";
import { CommandError, describeError, EXIT, exitCodeOf, usageError } from "../exit-code.ts";
import { messageJson, messageLine } from "../message-format.ts";
import { parseCount, parseDuration } from "../time-input.ts";
import { TIMED_OUT, within } from "../wait-for.ts";

const DEFAULT_TIMEOUT_MS = 10_000;

/** Sends one message and waits until the server has stored it. */
export const send = defineCommand({
  name: "send",
  summary: "Send one message and wait until it is stored",
  arguments: [
    { name: "ADDRESS", summary: "@handle or '#room'", required: true },
    { name: "-", summary: "Take the text from standard input", required: false },
  ],
  options: {
    message: { type: "string", short: "m", placeholder: "TEXT", summary: "The text" },
    "reply-to": { type: "string", placeholder: "SEQ", summary: "The message this answers" },
    timeout: { type: "string", placeholder: "DURATION", summary: "Give up after this long (default 10s)" },
    queue: { type: "boolean", summary: "Keep it where it cannot be sent now; the next command sends it" },
  },
  examples: ["chat send @ada -m 'On my way'", "git log -1 | chat send '#releases' -"],
  async run(context) {
    const to = parseAddress(context.positionals[0] ?? "");
    const text = await givenText(context);
    const timeoutMs =
      context.values.timeout === undefined ? DEFAULT_TIMEOUT_MS : parseDuration(context.values.timeout, "--timeout");
    const reply = context.values["reply-to"];
    const replyTo =
      reply === undefined ? undefined : parseCount(reply, "--reply-to", { min: 1, max: Number.MAX_SAFE_INTEGER });
    const { client } = await context.openSignedIn();
    const item = await client.outbox.send(to, text, replyTo === undefined ? {} : { replyTo });
    const message = await deliver(client, item.clientId, {
      timeoutMs,
      queue: context.values.queue,
      signal: context.signal,
    });
    if (context.print.asJson) context.print.json(messageJson(message));
    else context.print.line(messageLine(message, context.print.style, { conversation: to }));
  },
});

async function givenText({
  values,
  positionals,
  input,
}: Pick<
  CommandContext<{ message: { type: "string"; summary: string } }>,
  "values" | "positionals" | "input"
>): Promise<string> {
  const dash = positionals[1];
  if (dash !== undefined && dash !== "-")
    throw usageError(`The text goes after -m, or "-" takes it from standard input.`);
  if ((dash === undefined) === (values.message === undefined))
    throw usageError(`Give the text: either -m TEXT or "-" for standard input.`);
  const text = values.message ?? (await readAll(input)).replace(/\r?\n$/u, "");
  if (text.trim() === "") throw usageError("The text is empty.");
  return text;
}

/** A message that can't be delivered in time leaves the outbox, so that it is not sent later by surprise, unless asked for. */
async function deliver(
  client: ChatClient,
  clientId: string,
  { timeoutMs, queue, signal }: { timeoutMs: number; queue: boolean; signal: AbortSignal },
): Promise<ChatMessage> {
  let failure: unknown;
  try {
    const message = await within(client.outbox.delivered(clientId), timeoutMs, signal);
    if (message !== TIMED_OUT) return message;
  } catch (error) {
    failure = error;
  }
  const refused = failure !== undefined && !signal.aborted && exitCodeOf(failure) !== EXIT.network;
  if (queue && !refused) {
    if (signal.aborted) throw signal.reason;
    throw new CommandError(EXIT.network, "Not delivered yet: it stays in the outbox and the next command sends it.");
  }
  const underWay = client.outbox.$items.get().some((item) => item.clientId === clientId && item.state === "sending");
  await client.outbox.remove(clientId);
  if (signal.aborted) throw signal.reason;
  if (refused) throw failure;
  const why = failure === undefined ? "The server did not answer in time." : describeError(failure);
  throw new CommandError(
    EXIT.network,
    `${why} ${underWay ? "It is not known whether the message arrived; it is not kept." : "Not sent, and not kept in the outbox."}`,
  );
}
