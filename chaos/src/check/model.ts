import type { Event } from "@chat/proto/chat/log/v1/event";
import { uuidText } from "../uuid-text.ts";
import { type MessageContent, messageSeen, peopleOf } from "../rows.ts";
import { createPeople, type Removed } from "./people.ts";
import { type Conversation, place, type Told, toldOf, view } from "./told.ts";

/** How long a message may be edited, how many emoji it takes, and how many pins a conversation. As the contract says. */
const EDIT_MAX_MS = 7 * 24 * 3_600_000;
const REACTIONS_MAX = 20;
const PINS_MAX = 100;

/** What an event came to. `changes` in the order in which they are told. */
export type Applied =
  { readonly kind: "accepted"; readonly told: readonly Told[] } | { readonly kind: "repeat" | "refused" };

/** What has to leave the log: the events that carried a deleted message's texts. */
export interface Erased {
  readonly message: number;
  readonly events: readonly number[];
}

/** The model's reading of the rules. */
export interface Model {
  apply(seq: number, event: Event): Applied;
  /** Of a handle that is or was theirs, without "@". */
  person(handle: string): number | undefined;
  /** Of a name that is or was its own, without "#". */
  room(name: string): string | undefined;
  /** Who is in a conversation now. */
  members(conversation: string): ReadonlySet<number>;
  readonly erased: readonly Erased[];
  readonly removed: readonly Removed[];
}

type Message = { -readonly [K in keyof MessageContent]: MessageContent[K] } & { edits: number[] };

const REFUSED: Applied = { kind: "refused" };

/**
 * A plain model of the rules, written from the contract and sharing nothing with the servers: what each event of the log changes, and who is told.
 * @param options.textOf the text that was asked for under a client_id: the log does not have it any more once it is erased
 * @param options.handleOf the handle, likewise
 * @param options.registered first handles by person, likewise
 */
export function createModel(options: {
  textOf: (clientId: string) => string | undefined;
  handleOf: (clientId: string) => string | undefined;
  registered: ReadonlyMap<number, string>;
}): Model {
  const people = createPeople(options);
  const roomNames = new Map<string, string>();
  const conversations = new Map<string, Conversation>();
  const messages = new Map<number, Message>();
  const known = new Set<string>();
  const erased: Erased[] = [];

  function apply(seq: number, event: Event): Applied {
    const clientId = uuidText(event.clientId);
    const actor = Number(event.actor);
    const key = `${actor} ${clientId}`;
    if (known.has(key)) return { kind: "repeat" };
    if (event.kind.case !== "personAdded" && !people.isThere(actor)) return REFUSED;
    const changes = change(seq, actor, clientId, event);
    if (!changes) return REFUSED;
    known.add(key);
    // Who was removed is still in their direct conversations, for the others' sake, and told of nothing after the removal.
    const isTold = (person: number): boolean =>
      people.isThere(person) || (person === actor && event.kind.case === "personRemoved");
    return { kind: "accepted", told: changes.map((each) => ({ ...each, people: each.people.filter(isTold) })) };
  }

  /** What the event changes; undefined where it may not happen. */
  function change(seq: number, actor: number, clientId: string, event: Event): Told[] | undefined {
    const { kind, conversation: id } = event;
    const at = event.at ? Number(event.at.seconds) * 1_000 + Math.floor(event.at.nanos / 1e6) : 0;
    switch (kind.case) {
      case "personAdded": {
        const added = actor === 0 ? people.add(seq, kind.value, event.erased) : undefined;
        return added && [toldOf(added, [seq])];
      }
      case "personChanged": {
        const changed = people.change(seq, actor, clientId, kind.value, event.erased);
        return changed && [toldOf(changed, acquaintances(actor))];
      }
      case "personRemoved": {
        const told: Told[] = [];
        for (const room of conversations.values()) {
          if (!room.content.isRoom || !room.members.delete(actor)) continue;
          told.push(view(room), toldOf(place(room, actor, false, seq), [...room.members, actor]));
        }
        return [...told, toldOf(people.remove(seq, actor, kind.value.withMessages), acquaintances(actor))];
      }
      case "roomCreated": {
        const { name, title, topic } = kind.value;
        if (roomNames.has(name)) return undefined;
        const room = String(seq);
        roomNames.set(name, room);
        const content = { id: room, isRoom: true, name, title, topic, people: [], creator: actor, createdAt: at };
        const made: Conversation = { content, version: seq, members: new Set([actor]), pins: 0 };
        conversations.set(room, made);
        return [view(made), toldOf(place(made, actor, true, seq), [actor])];
      }
      case "roomChanged": {
        const room = conversations.get(id);
        const { name } = kind.value;
        if (!room?.content.isRoom || !room.members.has(actor) || room.content.creator !== actor) return undefined;
        if (name !== undefined && (roomNames.get(name) ?? id) !== id) return undefined;
        if (name !== undefined) roomNames.set(name, id);
        const { title, topic } = kind.value;
        const { content } = room;
        room.content = {
          ...content,
          name: name ?? content.name,
          title: title ?? content.title,
          topic: topic ?? content.topic,
        };
        room.version = seq;
        return [view(room)];
      }
      case "memberJoined": {
        const room = conversations.get(id);
        if (!room?.content.isRoom || room.members.has(actor)) return undefined;
        room.members.add(actor);
        return [view(room), toldOf(place(room, actor, true, seq), room.members)];
      }
      case "memberLeft": {
        const room = conversations.get(id);
        if (!room?.content.isRoom || !room.members.delete(actor)) return undefined;
        return [view(room), toldOf(place(room, actor, false, seq), [...room.members, actor])];
      }
      case "messagePosted":
        return post(seq, actor, clientId, at, event);
      case "messageEdited": {
        const message = about(event, actor, Number(kind.value.seq));
        if (!message || message.sender !== actor || message.deleted) return undefined;
        if (at - message.sentAt > EDIT_MAX_MS) return undefined;
        message.text = textOf(event, clientId, kind.value.text);
        message.editedAt = at;
        message.edits.push(seq);
        return changed(message, seq);
      }
      case "messageDeleted": {
        const message = messages.get(Number(kind.value.seq));
        if (message?.conversation !== id || message.sender !== actor || message.deleted) return undefined;
        unpin(message);
        Object.assign(message, { text: "", editedAt: undefined, deleted: true, reactions: [], pinned: false });
        erased.push({ message: message.seq, events: [message.seq, ...message.edits] });
        return changed(message, seq);
      }
      case "reactionAdded": {
        const message = about(event, actor, Number(kind.value.seq));
        const { emoji } = kind.value;
        if (!message || message.deleted) return undefined;
        const there = message.reactions.find((each) => each.emoji === emoji);
        if (there?.people.includes(actor) || (!there && message.reactions.length >= REACTIONS_MAX)) return undefined;
        message.reactions = there
          ? message.reactions.map((each) => (each === there ? { emoji, people: [...each.people, actor] } : each))
          : [...message.reactions, { emoji, people: [actor] }];
        return changed(message, seq);
      }
      case "reactionRemoved": {
        const message = about(event, actor, Number(kind.value.seq));
        const { emoji } = kind.value;
        const there = message?.reactions.find((each) => each.emoji === emoji);
        if (!message || !there?.people.includes(actor)) return undefined;
        const left = there.people.filter((person) => person !== actor);
        message.reactions = message.reactions.flatMap((each) => {
          if (each !== there) return [each];
          return left.length > 0 ? [{ emoji, people: left }] : [];
        });
        return changed(message, seq);
      }
      case "messagePinned": {
        const message = about(event, actor, Number(kind.value.seq));
        if (!message || message.deleted || message.pinned || pinsOf(message) >= PINS_MAX) return undefined;
        message.pinned = true;
        setPins(message, 1);
        return changed(message, seq);
      }
      case "messageUnpinned": {
        const message = about(event, actor, Number(kind.value.seq));
        if (!message?.pinned) return undefined;
        unpin(message);
        message.pinned = false;
        return changed(message, seq);
      }
      case undefined:
        throw new Error(`the model does not know ${String(kind.case)}, which no run asks for`);
    }
  }

  function post(seq: number, actor: number, clientId: string, at: number, event: Event): Told[] | undefined {
    const id = event.conversation;
    if (event.kind.case !== "messagePosted") return undefined;
    const { text, replyTo } = event.kind.value;
    const direct = peopleOf(id);
    if (direct ? !direct.includes(actor) || !direct.every((each) => people.isThere(each)) : !isIn(id, actor))
      return undefined;
    if (replyTo !== undefined && messages.get(Number(replyTo))?.conversation !== id) return undefined;
    const told: Told[] = [];
    if (direct && !conversations.has(id)) {
      const both = [...new Set(direct)];
      const content = { id, isRoom: false, name: "", title: "", topic: "", people: both, creator: 0, createdAt: at };
      const made: Conversation = { content, version: seq, members: new Set(both), pins: 0 };
      conversations.set(id, made);
      told.push(view(made));
    }
    const message: Message = {
      seq,
      conversation: id,
      sender: actor,
      text: textOf(event, clientId, text),
      sentAt: at,
      clientId,
      replyTo: replyTo === undefined ? undefined : Number(replyTo),
      editedAt: undefined,
      deleted: false,
      reactions: [],
      pinned: false,
      edits: [],
    };
    messages.set(seq, message);
    return [...told, ...changed(message, seq)];
  }

  function textOf(event: Event, clientId: string, text: string): string {
    return event.erased ? (options.textOf(clientId) ?? `erased ${clientId}`) : text;
  }

  /** The message that an event is about, where its actor may read it. */
  function about({ conversation }: Event, actor: number, seq: number): Message | undefined {
    const message = messages.get(seq);
    return message?.conversation === conversation && isIn(conversation, actor) ? message : undefined;
  }

  function isIn(conversation: string, person: number): boolean {
    return conversations.get(conversation)?.members.has(person) === true;
  }

  function acquaintances(person: number): Set<number> {
    const found = new Set([person]);
    for (const { members } of conversations.values())
      if (members.has(person)) for (const each of members) found.add(each);
    return found;
  }

  function changed(message: Message, seq: number): Told[] {
    return [toldOf(messageSeen(message, seq), conversations.get(message.conversation)?.members ?? [])];
  }

  const pinsOf = ({ conversation }: Message): number => conversations.get(conversation)?.pins ?? 0;

  function setPins({ conversation }: Message, by: number): void {
    const found = conversations.get(conversation);
    if (found) found.pins += by;
  }

  function unpin(message: Message): void {
    if (message.pinned) setPins(message, -1);
  }

  return {
    apply,
    person: (handle) => people.byHandle(handle),
    room: (name) => roomNames.get(name),
    members: (conversation) => conversations.get(conversation)?.members ?? new Set(),
    erased,
    removed: people.removed,
  };
}
