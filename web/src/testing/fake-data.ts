import type { ChatConversation, ChatMessage, ChatUser } from "@chat/client";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const HISTORY_COUNT = 420;

/** What a fake server knows at the start. */
export interface FakeData {
  readonly users: readonly ChatUser[];
  /** Rooms with whether the person is in them; direct conversations come from the messages. */
  readonly rooms: readonly ChatConversation[];
  readonly messages: readonly ChatMessage[];
}

/** People, rooms and a few weeks of messages as one person sees them; `now` in ms since 1970. */
export function createFakeData(own: string, now: number): FakeData {
  const users: ChatUser[] = [
    { handle: "mehdi", displayName: "Mehdi Karimi" },
    { handle: "mehdi1", displayName: "Sara Lindqvist" },
    { handle: "mehdi2", displayName: "Tomás Aguirre" },
    { handle: "yuki", displayName: "山田 由紀" },
    { handle: "layla", displayName: "ليلى حداد" },
    { handle: "ines", displayName: "Inês Duarte" },
    { handle: "kwame", displayName: "Kwame" },
    { handle: "ana-maria_the-third-of-her-name", displayName: "Ana-Maria Wolfeschlegelsteinhausenbergerdorff" },
  ];
  const rooms = [
    fakeRoom("general", "General", "Anything that concerns everybody", true),
    fakeRoom("release-train", "Release train", "What ships, and when", true),
    fakeRoom("book-club", "Book club", "This month: The Dispossessed", true),
    fakeRoom("lunch", "Lunch", "", false),
    fakeRoom("photography", "Photography", "Share what you saw. One picture a day.", false),
  ];
  const messages: ChatMessage[] = [];
  const say = (conversation: string, sender: string, text: string, agoMs: number) => {
    const seq = messages.length + 1;
    messages.push({ seq, conversation, sender, text, sentAt: now - agoMs, clientId: `fake-${String(seq)}` });
  };

  for (let index = 0; index < HISTORY_COUNT; index++) {
    const sender = [own, "mehdi1", "kwame", "ines"][(index * 7 + Math.floor(index / 5)) % 4] ?? own;
    const agoMs = 3 * HOUR_MS + (HISTORY_COUNT - index) * 37 * MINUTE_MS;
    say("#general", sender, HISTORY[index % HISTORY.length] ?? "", agoMs);
  }
  say("#release-train", "ines", "Cut is at 16:00, please land what you have.", 9 * DAY_MS);
  say("#release-train", "mehdi2", "All green on my side.", 9 * DAY_MS - 3 * MINUTE_MS);
  say(direct(own, "layla"), "layla", "صباح الخير! هل وصلت الرسالة؟", 4 * DAY_MS);
  say(direct(own, "layla"), own, "Yes, just now. Thank you!", 4 * DAY_MS - MINUTE_MS);
  say(direct(own, "yuki"), "yuki", "明日の打ち合わせは10時からです。", 26 * HOUR_MS);
  say(direct(own, "yuki"), own, "I'll be there 👍", 26 * HOUR_MS - 2 * MINUTE_MS);
  for (const [index, [sender, text]] of DIRECT.entries()) {
    say(
      direct(own, "mehdi1"),
      sender === "me" ? own : "mehdi1",
      text,
      (DIRECT.length - index) * 2.6 * MINUTE_MS + HOUR_MS,
    );
  }
  say("#general", "kwame", "The espresso machine is fixed.", 34 * MINUTE_MS);
  say("#general", "ines", "You are a hero.", 33 * MINUTE_MS);
  say(
    "#general",
    "ines",
    "Notes from the review: https://example.org/notes/2026-11?view=all#decisions",
    32 * MINUTE_MS,
  );
  say("#general", own, "Reading them now.", 3 * MINUTE_MS);
  return { users, rooms, messages: messages.sort((a, b) => a.sentAt - b.sentAt).map(renumber) };
}

/** "#name", or both handles sorted. */
export function direct(own: string, other: string): string {
  return [own, other]
    .sort()
    .map((handle) => `@${handle}`)
    .join("");
}

/** A room as the server would describe it. */
export function fakeRoom(name: string, title: string, topic: string, joined: boolean): ChatConversation {
  const address = `#${name}`;
  return { id: address, kind: "room", address, title, topic, lastSeq: 0, memberCount: 12, joined };
}

function renumber(message: ChatMessage, index: number): ChatMessage {
  return { ...message, seq: (index + 1) * 3 };
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
