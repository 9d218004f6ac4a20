import type { ChatChange, ChatClient, ChatConversation, ChatMessage, ChatUser } from "@chat/client";
import {
  conversationChangeWords,
  memberChangeWords,
  messageChangeWords,
  personChangeWords,
  personNowWords,
  roomNowWords,
} from "./change-words.ts";
import { changeJson, messageJson } from "./json-shapes.ts";
import { messageLine, stamp } from "./message-format.ts";
import { personName } from "./person-name.ts";
import type { Printer } from "./printer.ts";
import { visibleLine } from "./visible-text.ts";

/** Prints rows on the output: messages as lines, what became of them and of rooms and people as short ones. */
export interface ChangePrinter {
  message(message: ChatMessage): Promise<void>;
  change(change: ChatChange): Promise<void>;
}

/** `mixed`: several conversations, so that each line names its own. */
export function createChangePrinter(options: {
  client: ChatClient;
  print: Printer;
  now(): number;
  mixed: boolean;
  withSeq: boolean;
}): ChangePrinter {
  const { client, print, now, mixed, withSeq } = options;
  const { users } = client;
  /** As they were last told of, or first seen: what a change is held against. */
  const rooms = new Map<string, ChatConversation>();
  const people = new Map<number, ChatUser>();
  users.$known.subscribe((known) => {
    for (const [id, user] of known) if (!people.has(id)) people.set(id, user);
  });

  const addressOf = async (id: string) => {
    const found = await client.conversations.find(id);
    if (found !== undefined && !rooms.has(id)) rooms.set(id, found);
    return found?.address ?? id;
  };
  const printMessage = async (message: ChatMessage) => {
    const address = await addressOf(message.conversation);
    if (print.asJson) return print.json(messageJson(message, { users, address }));
    const conversation = mixed ? address : undefined;
    print.line(messageLine(message, { style: print.style, users, conversation, withSeq }));
  };
  const note = (address: string | undefined, words: readonly string[]) => {
    const where = mixed && address !== undefined ? ` ${visibleLine(address)}` : "";
    for (const text of words) print.line(print.style.dim(`${stamp(now())}${where} · ${text}`));
  };
  const remember = (change: ChatChange) => {
    if (change.row === "conversation") rooms.set(change.conversation.id, change.conversation);
    if (change.row === "user") people.set(change.user.id, change.user);
  };
  const words = (change: ChatChange): string[] => {
    switch (change.row) {
      case "message":
        return messageChangeWords(change, { users, name: String(change.message.seq) });
      case "member":
        return [memberChangeWords(change, users)];
      case "conversation": {
        const who = change.actor === 0 ? "somebody" : personName(users, change.actor);
        if (change.cause === "room-created") return [`${who} made this room`];
        const said = conversationChangeWords(change, rooms.get(change.conversation.id), who);
        return said.length > 0 ? said : roomNowWords(change, who);
      }
      case "user": {
        const said = personChangeWords(people.get(change.user.id), change.user);
        return said.length > 0 ? said : personNowWords(change);
      }
    }
  };
  return {
    message: printMessage,
    async change(change) {
      const id = conversationIdOf(change);
      const said = words(change);
      remember(change);
      const address = id === undefined ? undefined : await addressOf(id);
      if (print.asJson) return print.json(changeJson(change, { users, address: address ?? "" }));
      if (change.row === "message" && said.length === 0) return printMessage(change.message);
      note(address, said);
    },
  };
}

/** The conversation that a row belongs to. None for people. */
export function conversationIdOf(change: ChatChange): string | undefined {
  switch (change.row) {
    case "message":
      return change.message.conversation;
    case "conversation":
      return change.conversation.id;
    case "member":
      return change.member.conversation;
    case "user":
      return undefined;
  }
}
