import { parseAddress, parseRoomName, toAddress } from "../address.ts";
import { usageError } from "../exit-code.ts";

/** A line that was submitted, understood. */
export type TalkInput =
  | { readonly kind: "nothing" }
  | { readonly kind: "say"; readonly text: string }
  | { readonly kind: "tell"; readonly to: string; readonly text: string }
  | { readonly kind: "go"; readonly to: string; readonly text?: string }
  | { readonly kind: "join"; readonly room: string }
  | { readonly kind: "leave"; readonly room: string }
  | { readonly kind: "rooms"; readonly query: string }
  | { readonly kind: "retry" | "drop" | "next" | "back" | "help" | "quit" };

interface SlashCommand {
  readonly usage: string;
  readonly summary: string;
  /** `rest` is what follows the name; `here` the conversation on the screen. @throws CommandError (usage) */
  read(rest: string, here: string): TalkInput;
}

/** Every slash command, in the order of the help. */
export const SLASH_COMMANDS: Readonly<Record<string, SlashCommand>> = {
  dm: { usage: "@HANDLE [TEXT]", summary: "Talk to somebody", read: (rest) => go(rest) },
  msg: { usage: "ADDRESS TEXT", summary: "Send elsewhere and stay here", read: tell },
  join: {
    usage: "#ROOM",
    summary: "Join a room and go there",
    read: (rest) => ({ kind: "join", room: roomName(rest) }),
  },
  leave: { usage: "[#ROOM]", summary: "Leave a room (this one)", read: leave },
  me: {
    usage: "TEXT",
    summary: "Say what you do",
    read: (rest) => ({ kind: "say", text: `/me ${needed(rest, "/me TEXT")}` }),
  },
  rooms: {
    usage: "[WORD]",
    summary: "List public rooms",
    read: (rest) => ({ kind: "rooms", query: rest.replace(/^#/u, "") }),
  },
  next: { usage: "", summary: "Go where something new was said", read: () => ({ kind: "next" }) },
  retry: { usage: "", summary: "Send again what failed", read: () => ({ kind: "retry" }) },
  drop: { usage: "", summary: "Give up what failed", read: () => ({ kind: "drop" }) },
  back: { usage: "", summary: "Pick somebody else (Esc)", read: () => ({ kind: "back" }) },
  help: { usage: "", summary: "This list (?)", read: () => ({ kind: "help" }) },
  quit: { usage: "", summary: "End (exit, Ctrl-D, twice Ctrl-C)", read: () => ({ kind: "quit" }) },
};

/** Understands a line. "//" at the beginning sends a text that begins with a slash. @throws CommandError (usage) */
export function readTalkInput(line: string, here: string): TalkInput {
  const text = line.trim();
  if (text === "") return { kind: "nothing" };
  if (text === "exit") return { kind: "quit" };
  if (text === "?") return { kind: "help" };
  if (text.startsWith("//")) return { kind: "say", text: text.slice(1) };
  if (!text.startsWith("/")) return { kind: "say", text: line.trimEnd() };
  const [, name = "", rest = ""] = /^\/(\S*)\s*(.*)$/su.exec(text) ?? [];
  const command = Object.hasOwn(SLASH_COMMANDS, name) ? SLASH_COMMANDS[name] : undefined;
  if (command === undefined)
    throw usageError(`There is no /${name}. /help lists what there is; //${name} sends it as text.`);
  return command.read(rest.trim(), here);
}

/** The list of commands, one a line. */
export function talkHelp(): string[] {
  const rows = Object.entries(SLASH_COMMANDS).map(
    ([name, { usage, summary }]) => [`/${name} ${usage}`.trim(), summary] as const,
  );
  const width = Math.max(...rows.map(([left]) => left.length));
  return [
    ...rows.map(([left, right]) => `${left.padEnd(width)}  ${right}`),
    "Return sends, Alt-Return breaks the line, up and down bring back what you wrote, Tab completes.",
  ];
}

function go(rest: string): TalkInput {
  const [to, text] = addressAndText(rest);
  return { kind: "go", to, ...(text === "" ? {} : { text }) };
}

function tell(rest: string): TalkInput {
  const [to, text] = addressAndText(rest);
  return { kind: "tell", to, text: needed(text, "/msg ADDRESS TEXT") };
}

function leave(rest: string, here: string): TalkInput {
  if (rest === "" && !here.startsWith("#")) throw usageError("This is no room. Name one: /leave #ROOM");
  return { kind: "leave", room: roomName(rest === "" ? here : rest) };
}

/** People leave out the "@" of a handle. */
function addressAndText(rest: string): [address: string, text: string] {
  const [, word = "", text = ""] = /^(\S*)\s*(.*)$/su.exec(rest) ?? [];
  return [toAddress(word) ?? toAddress(`@${word}`) ?? parseAddress(word), text];
}

function roomName(rest: string): string {
  return parseRoomName(needed(rest, "/join #ROOM"));
}

function needed(rest: string, usage: string): string {
  if (rest === "") throw usageError(`Say more: ${usage}`);
  return rest;
}
