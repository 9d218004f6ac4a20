import type { ChatChange, ChatClient, ChatConversation, ChatMessage, Timeline, TimelineState } from "@chat/client";
import { conversationChangeWords, memberChangeWords, messageChangeWords, personChangeWords } from "../change-words.ts";
import { personName } from "../person-name.ts";
import type { MessageNumbers } from "../talk-context.ts";
import type { ViewScreen } from "./view-screen.ts";

/** Messages shown when a conversation comes on the screen. */
const FIRST_MESSAGES = 50;
/** Messages shown at once when older ones are asked for, and around one. */
const OLDER_MESSAGES = 20;

/** What goes into the scroll of one conversation, and when. */
export interface ConversationScroll {
  /** Prints what has not been printed, and says how far the person has seen. */
  takeTimeline(state: TimelineState): void;
  /** Prints what became of messages, members, the room and people. */
  takeChange(change: ChatChange): void;
  /** The replica begins again: positions of before mean nothing. */
  reset(): void;
  /** Prints the messages before the oldest one printed. */
  showOlder(): Promise<void>;
  /** Prints the messages around one. @throws ClientError */
  showAround(seq: number): Promise<void>;
}

/** `conversation` gives what is known of it now; undefined while that is nothing. */
export function createConversationScroll(options: {
  client: ChatClient;
  address: string;
  conversation(): ChatConversation | undefined;
  timeline: Timeline;
  numbers: MessageNumbers;
  screen: Pick<ViewScreen, "message" | "change" | "notice" | "rule">;
}): ConversationScroll {
  const { client, timeline, numbers, screen } = options;
  const { users } = client;
  /** Keys of rows, which outlive a change of positions. */
  const printed = new Set<string>();
  const people = new Set<number>();
  const known = new Map(users.$known.get());
  let room = options.conversation();
  /** What is older waits until it is asked for. */
  let oldestSeq = 0;
  let seenSeq = 0;

  const find = (seq: number) =>
    numbers.get(seq) ?? timeline.$state.get().rows.find(({ message }) => message.seq === seq)?.message;
  const print = (message: ChatMessage) => {
    people.add(message.sender);
    const quoted = message.replyTo === undefined ? undefined : find(message.replyTo);
    screen.message({
      message,
      number: numbers.put(message),
      quoted: quoted === undefined ? undefined : { message: quoted, number: numbers.numberOf(quoted.seq) },
    });
  };
  const printOutOfOrder = (title: string, messages: readonly ChatMessage[]) => {
    screen.rule(title);
    messages.forEach(print);
    screen.rule("back to the newest");
  };
  const olderRows = () =>
    timeline.$state.get().rows.filter(({ state, message }) => state === "stored" && message.seq < oldestSeq);
  const idNow = () => options.conversation()?.id ?? timeline.$state.get().rows.find(isStored)?.message.conversation;

  return {
    takeTimeline({ rows, loaded, hasOlder }) {
      if (!loaded) return;
      const stored = rows.filter(isStored);
      const fresh = stored.filter(({ key, message }) => !printed.has(key) && message.seq >= oldestSeq);
      const first = printed.size === 0 ? fresh.slice(-FIRST_MESSAGES) : fresh;
      // Nothing of what stands above is loaded any more: what lies between is not known.
      if (printed.size > 0 && hasOlder && fresh[0] !== undefined && fresh[0] === stored[0])
        screen.notice("Messages are left out here.");
      for (const { message } of first) print(message);
      for (const { key } of first) printed.add(key);
      if (oldestSeq === 0) oldestSeq = first[0]?.message.seq ?? 0;
      const last = stored.at(-1)?.message.seq ?? 0;
      if (last > seenSeq) client.conversations.markSeen(options.address, last);
      seenSeq = Math.max(seenSeq, last);
    },
    takeChange(change) {
      switch (change.row) {
        case "message":
          return takeMessageChange(change);
        case "member": {
          const told = change.cause === "member-joined" || change.cause === "member-left";
          if (told && change.member.conversation === idNow()) screen.change(memberChangeWords(change, users));
          return;
        }
        case "conversation": {
          const now = change.conversation;
          if (now.id !== idNow()) return;
          conversationChangeWords(change, room, personName(users, change.actor)).forEach(screen.change);
          room = now;
          return;
        }
        case "user": {
          const before = known.get(change.user.id);
          known.set(change.user.id, change.user);
          const isHere = people.has(change.user.id) || options.conversation()?.peer?.id === change.user.id;
          if (isHere) personChangeWords(before, change.user).forEach(screen.change);
        }
      }
    },
    reset() {
      oldestSeq = 0;
      seenSeq = 0;
    },
    async showOlder() {
      if (olderRows().length < OLDER_MESSAGES && timeline.$state.get().hasOlder) await timeline.loadOlder();
      const rows = olderRows().slice(-OLDER_MESSAGES);
      const first = rows[0];
      if (first === undefined) return screen.notice("This is the beginning.");
      rows.forEach(({ key }) => printed.add(key));
      oldestSeq = first.message.seq;
      printOutOfOrder(
        "older",
        rows.map(({ message }) => message),
      );
    },
    async showAround(seq) {
      const conversation = idNow() ?? options.address;
      const { messages } = await client.messages.list({ conversation, around: seq, pageSize: OLDER_MESSAGES });
      printOutOfOrder(`around ${numbers.numberOf(seq) ?? seq}`, messages);
    },
  };

  function takeMessageChange(change: Extract<ChatChange, { row: "message" }>): void {
    const { message, cause } = change;
    const before = numbers.get(message.seq);
    // The timeline prints what is new; a row that was never shown says nothing by having changed for unknown reasons.
    if (message.conversation !== idNow() || cause === "message-posted") return;
    if (before === undefined && cause === "unknown") return;
    const name = String(numbers.put(message));
    messageChangeWords(change, { users, before, name }).forEach(screen.change);
  }
}

function isStored({ state }: TimelineState["rows"][number]): boolean {
  return state === "stored";
}
