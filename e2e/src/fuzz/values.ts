import type { DescField, DescMessage } from "@bufbuild/protobuf";
import { canaryOf } from "./canary.ts";
import type { Chance } from "./chance.ts";

/** What one input is made from. */
export interface Source {
  readonly chance: Chance;
  /** The input's number. */
  readonly input: number;
}

/** How much is wrong with a message. */
export interface Plan {
  /** Share of fields that have no valid value. */
  readonly wildness: number;
  /** Share of texts that are valid UTF-8 and nothing that the field expects. */
  readonly hostility: number;
  /** The only field that is wrong: what gets past all other checks gets furthest. */
  readonly victim: DescField | undefined;
  /** What stands in it; absent: anything. */
  readonly victimText?: string;
}

/** The same source, in which every choice is for what is in order: the first of the possibilities, and no to what is rare. */
export function sound({ input, chance }: Source): Source {
  return { input, chance: { ...chance, is: (share) => share >= 0.5, pick: (items) => chance.pick(items.slice(0, 1)) } };
}

/** Draws a plan for a message of this type. */
export function planOf({ chance }: Source, desc: DescMessage): Plan {
  if (desc.fields.length > 0 && chance.is(0.5)) return { wildness: 0, hostility: 0, victim: chance.pick(desc.fields) };
  return { wildness: chance.pick([0, 0.1, 0.4]), hostility: chance.pick([0, 0.35]), victim: undefined };
}

/** Somebody, a room and a conversation that are there. */
const ADDRESSES = ["@mehdi", "@mehdi1", "@mehdi2", "#fuzz", "@mehdi@mehdi1", "mehdi1", "#nothing-here", "@nobody-here"];

const HOSTILE: readonly string[] = [
  "",
  " ",
  "\u0000",
  "a\u0000b",
  `a${"😀".repeat(45)}`,
  `a${"\ud83d".repeat(79)}`,
  "😀".repeat(40),
  "x".repeat(65),
  "x".repeat(81),
  "é".repeat(10_001),
  "x".repeat(70_000),
  "\u202emehdi",
  "\u200b",
  "\ufeff",
  "%s%n%00%ZZ",
  "\r\nx-injected: 1",
  "../../../../etc/passwd",
  "__proto__",
  "constructor",
  "' OR 1=1 --",
  "${process.exit(1)}",
  "<script>alert(1)</script>",
  "1e999",
  "-0",
  "0x10",
  "(a+)+$".repeat(20),
  "a".repeat(10_000) + "!",
];

/** Halves of pairs of UTF-16, which only JSON can carry, and a pair that lies across the 80th place. */
const LONE = ["\ud800", "\udc00x", "x\udfff", "\udc00\ud800", `a${"😀".repeat(45)}`];

/** Texts that break what does not expect them; lone surrogates among them, which UTF-8 can't carry and JSON can. */
export function hostileText({ chance, input }: Source): string {
  const text = chance.is(0.4) ? chance.pick(LONE) : chance.pick(HOSTILE);
  return chance.is(0.3) ? `${canaryOf(input)}${text}` : text;
}

/** A text that the field may well take, by its name. */
export function plausibleText({ chance, input }: Source, { name }: DescField): string {
  if (/client_?id/.test(name)) return uuid(chance);
  if (/email/.test(name)) return `fuzz${chance.int(0, 99_999)}@example.org`;
  if (/^(to|conversation)$/.test(name)) return chance.pick(ADDRESSES);
  if (/login|handle|username|user/.test(name)) return chance.pick(["mehdi1", "nobody", `fuzz${chance.int(0, 99_999)}`]);
  if (/password/.test(name)) return chance.pick(["000000", `${canaryOf(input)} correct horse`]);
  if (/room|^name$/.test(name)) return chance.pick(["fuzz", `fuzz-${chance.int(0, 99)}`]);
  if (/service|symbol/.test(name)) return chance.pick(["", "chat.v1.ChatService", "chat.v1.Message.seq", "none.Here"]);
  if (/file/.test(name)) return chance.pick(["chat/v1/chat_service.proto", "nothing.proto"]);
  return `${canaryOf(input)} hello`;
}

/** Whole numbers at the edges of all sizes, as text: JSON and protobuf take them as they like. */
export function wholeNumber({ chance }: Source): string {
  return chance.pick([
    "0",
    "1",
    "2",
    "50",
    "500",
    "501",
    "4096",
    "2147483647",
    "2147483648",
    "4294967295",
    "9007199254740991",
    "9007199254740993",
    "9223372036854775807",
    "18446744073709551615",
    "-1",
    "-2147483648",
  ]);
}

function uuid(chance: Chance): string {
  const hex = chance.bytes(16).toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
}
