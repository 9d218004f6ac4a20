import type { ChatClient, ChatMessage } from "@chat/client";
import { addressOf } from "./address-of.ts";
import type { CommandContext } from "./command.ts";
import { CommandError, EXIT } from "./exit-code.ts";
import { messageJson } from "./json-shapes.ts";
import { messageLine } from "./message-format.ts";

/** Prints what an action made of a message. */
export async function printMessage(
  { print }: Pick<CommandContext, "print">,
  client: ChatClient,
  message: ChatMessage | undefined,
): Promise<void> {
  if (message === undefined) throw new CommandError(EXIT.error, "The server did not say what became of the message.");
  const address = await addressOf(client, message.conversation);
  const { users } = client;
  if (print.asJson) print.json(messageJson(message, { users, address }));
  else print.line(messageLine(message, { style: print.style, users, conversation: address }));
}
