import type { ChatConversation, ChatMessage, ChatUser } from "@chat/client";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const HISTORY_COUNT = 420;

/** Person ids of the fake people, by handle. */
export const FAKE_IDS = {
  mehdi: 4096,
  mehdi1: 4097,
  mehdi2: 4098,
  yuki: 4099,
  layla: 4100,
  ines: 4101,
  kwame: 4102,
  ana: 4103,
} as const;
/** Conversation ids of the fake rooms, by name. */
export const FAKE_ROOMS = {
  general: "8001",
  "release-train": "8002",
  "book-club": "8003",
  lunch: "8004",
  photography: "8005",
} as const;

/** What a fake server knows at the start. */
export interface FakeData {
  readonly users: readonly ChatUser[];
  /** Rooms with whether the person is in them; direct conversations come from the messages. */
  readonly rooms: readonly ChatConversation[];
  readonly messages: readonly ChatMessage[];
}

/** A stored message; what is not given is plausible. */
export function fakeMessage(given: Partial<ChatMessage> & Pick<ChatMessage, "seq">): ChatMessage {
  return {
    conversation: FAKE_ROOMS.general,
    sender: FAKE_IDS.mehdi1,
    text: `text ${String(given.seq)}`,
    sentAt: Date.UTC(2025, 4, 12, 12),
    clientId: `c${String(given.seq)}`,
    deleted: false,
    reactions: [],
    pinned: false,
    version: given.seq,
    ...given,
  };
}

/** The id of the conversation of two people. */
export function direct(one: number, other: number): string {
  return `${String(Math.min(one, other))}-${String(Math.max(one, other))}`;
}

/** A room as the server would describe it. */
export function fakeRoom(id: string, name: string, title: string, topic: string, joined: boolean): ChatConversation {
  const address = `#${name}`;
  const rest = { memberCount: 12, joined, sortSeq: 0, unseen: 0, version: Number(id), creator: FAKE_IDS.mehdi };
  return { id, kind: "room", address, title, topic, ...rest };
}

/** People, rooms and a few weeks of messages as one person sees them; `now` in ms since 1970. */
export function createFakeData(now: number): FakeData {
  const { mehdi: own, mehdi1, mehdi2, yuki, layla, ines, kwame, ana } = FAKE_IDS;
  const person = (id: number, handle: string, displayName: string): ChatUser => ({
    id,
    handle,
    displayName,
    removed: false,
  });
  const users: ChatUser[] = [
    person(own, "mehdi", "Mehdi Karimi"),
    person(mehdi1, "mehdi1", "Sara Lindqvist"),
    person(mehdi2, "mehdi2", "Tomás Aguirre"),
    person(yuki, "yuki", "山田 由紀"),
    person(layla, "layla", "ليلى حداد"),
    person(ines, "ines", "Inês Duarte"),
    person(kwame, "kwame", "Kwame"),
    person(ana, "ana-maria_the-third-of-her-name", "Ana-Maria Wolfeschlegelsteinhausenbergerdorff"),
  ];
  const { general, "release-train": releaseTrain } = FAKE_ROOMS;
  const rooms = [
    fakeRoom(general, "general", "General", "Anything that concerns everybody", true),
    fakeRoom(releaseTrain, "release-train", "Release train", "What ships, and when", true),
    fakeRoom(FAKE_ROOMS["book-club"], "book-club", "Book club", "This month: The Dispossessed", true),
    fakeRoom(FAKE_ROOMS.lunch, "lunch", "Lunch", "", false),
    fakeRoom(FAKE_ROOMS.photography, "photography", "Photography", "Share what you saw. One picture a day.", false),
  ];
  const messages: ChatMessage[] = [];
  const say = (
    conversation: string,
    sender: number,
    text: string,
    agoMs: number,
    more: Partial<ChatMessage> = {},
  ): void => {
    const seq = messages.length + 1;
    const clientId = `fake-${String(seq)}`;
    messages.push(fakeMessage({ seq, conversation, sender, text, sentAt: now - agoMs, clientId, ...more }));
  };

  for (let index = 0; index < HISTORY_COUNT; index++) {
    const sender = [own, mehdi1, kwame, ines][(index * 7 + Math.floor(index / 5)) % 4] ?? own;
    const agoMs = 3 * HOUR_MS + (HISTORY_COUNT - index) * 37 * MINUTE_MS;
    say(general, sender, HISTORY[index % HISTORY.length] ?? "", agoMs);
  }
  say(releaseTrain, ines, "Cut is at 16:00, please land what you have.", 9 * DAY_MS);
  say(releaseTrain, mehdi2, "All green on my side.", 9 * DAY_MS - 3 * MINUTE_MS);
  say(direct(own, layla), layla, "صباح الخير! هل وصلت الرسالة؟", 4 * DAY_MS);
  say(direct(own, layla), own, "Yes, just now. Thank you!", 4 * DAY_MS - MINUTE_MS);
  say(direct(own, yuki), yuki, "明日の打ち合わせは10時からです。", 26 * HOUR_MS);
  say(direct(own, yuki), own, "I'll be there 👍", 26 * HOUR_MS - 2 * MINUTE_MS);
  for (const [index, [sender, text]] of DIRECT.entries()) {
    const agoMs = (DIRECT.length - index) * 2.6 * MINUTE_MS + HOUR_MS;
    say(direct(own, mehdi1), sender === "me" ? own : mehdi1, text, agoMs);
  }
  const reactions = [
    { emoji: "🎉", people: [mehdi1, ines, own] },
    { emoji: "☕", people: [ines] },
  ];
  say(general, kwame, "The espresso machine is fixed.", 34 * MINUTE_MS, { reactions, pinned: true });
  say(general, ines, "You are a hero.", 33 * MINUTE_MS);
  const notes = "Notes from the review: https://example.org/notes/2026-11?view=all#decisions";
  say(general, ines, notes, 32 * MINUTE_MS, { editedAt: now - 30 * MINUTE_MS });
  say(general, mehdi1, "", 20 * MINUTE_MS, { deleted: true });
  say(general, own, "Reading them now.", 3 * MINUTE_MS);

  const sorted = messages.sort((a, b) => a.sentAt - b.sentAt).map(renumber);
  const quoted = sorted.findLast(({ text }) => text === notes)?.seq;
  const replying = (message: ChatMessage): ChatMessage =>
    quoted !== undefined && message.text === "Reading them now." ? { ...message, replyTo: quoted } : message;
  return { users, rooms, messages: sorted.map(replying) };
}

function renumber(message: ChatMessage, index: number): ChatMessage {
  const seq = (index + 1) * 3;
  return { ...message, seq, version: seq };
}

const HISTORY = [
  "Morning!",
  "Has anybody seen the latency graphs from last night?",
  "Yes. It was the backup, it is done now.",
  "I moved the stand-up to 10:15, the room is taken before that.",
  "Works for me.",
  "A longer one, to see how lines break: the new build keeps every message until the server has said that it is stored, and sends it again with the same identifier when the answer got lost on the way. Nothing is doubled, nothing is missing, and the order stays what it was.",
  "👏",
  "Small thing: the link in the handbook is dead, it should be https://example.org/handbook.",
  "Fixed.\n\nAlso:\n- the old page redirects\n- the search finds it again\n- thanks for telling me",
  "Lunch?",
  "In ten minutes.",
  "javascript:alert(1) and <b>this</b> stay what they are: text.",
  "Averyveryveryveryveryveryveryveryveryveryveryveryveryveryveryveryveryveryveryveryveryverylongwordwithoutanyspace",
] as const;

const DIRECT = [
  ["them", "Hi! Are you there?"],
  ["me", "Yes, just came back."],
  ["them", "I tried the new build on the train this morning."],
  ["them", "No signal in the tunnel, but everything I wrote went out the moment we were back."],
  ["me", "That's how it should be."],
  ["me", "Did anything come twice?"],
  ["them", "Nothing. I even counted 🙂"],
  ["them", "The one thing I would change: the day separators could be a little quieter."],
  ["me", "Agreed. I'll take a look this afternoon and send you a screenshot."],
  ["them", "Perfect, thank you!"],
] as const;
