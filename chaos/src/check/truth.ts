import { fromBinary } from "@bufbuild/protobuf";
import { type Event, EventSchema } from "@chat/proto/chat/log/v1/event";
import { uuidText } from "../uuid-text.ts";
import { CHAIN_START, createChainWalk } from "../../../server/src/log/chain.ts";
import { seqOf } from "../../../server/src/log/position.ts";
import { decodeRecord } from "../../../server/src/log/record-codec.ts";
import type { Asked, Operation } from "../history.ts";
import type { SeenRow } from "../rows.ts";
import { createModel, type Erased } from "./model.ts";
import { createTimeline, type Timeline } from "./timeline.ts";

/** An event that the log holds and the rules accepted. */
export interface SettledEvent {
  readonly seq: number;
  /** Person id; 0: the server. */
  readonly actor: number;
  readonly clientId: string;
  /** Id; empty where it is about a person, or creates a room. */
  readonly conversation: string;
  /** What it says, without an address. A text that was erased is undefined. */
  readonly asked: Asked;
}

/** What the log says happened, by the checker's own model of the rules. */
export interface Truth {
  /** In log order. */
  readonly events: readonly SettledEvent[];
  /** Events in the log that were passed over as repeats of an earlier one. */
  readonly repeats: number;
  readonly records: number;
  /** Every row as it stood at any time, and who was told. */
  readonly timeline: Timeline;
  /** By any handle they ever had, without "@". */
  person(handle: string): number | undefined;
  /** Id of the conversation at an address or id, as a person writes it. */
  conversation(address: string, person: number): string | undefined;
  /** What had to leave the log. */
  readonly erased: readonly Erased[];
  /** seqs of events whose texts are still there. */
  readonly texts: ReadonlyMap<number, string>;
}

/**
 * Folds the final log.
 * @param records in order, from the first
 * @param operations what was asked for: the texts that the log does not hold any more
 */
export function truthOf(records: Iterable<Uint8Array>, operations: readonly Operation[] = []): Truth {
  const askedTexts = new Map(operations.map(({ clientId, asked }) => [clientId, asked.text]));
  const model = createModel({ textOf: (clientId) => askedTexts.get(clientId) });
  const timeline = createTimeline();
  const events: SettledEvent[] = [];
  const texts = new Map<number, string>();
  const chains = [CHAIN_START];
  let sequence = 0;
  const walk = createChainWalk({
    get sequence() {
      return sequence;
    },
    chainAt: (at) => chains[at],
  });
  let repeats = 0;
  for (const data of records) {
    const record = walk(sequence + 1, decodeRecord(data));
    chains[++sequence] = record.chain;
    record.content.events.forEach((bytes, index) => {
      const seq = seqOf(sequence, index);
      const event = fromBinary(EventSchema, bytes);
      const text = textIn(event);
      if (text) texts.set(seq, text);
      if (record.isVoid) return; // written on another past: nothing in it happens
      const applied = model.apply(seq, event);
      if (applied.kind === "repeat") repeats++;
      if (applied.kind !== "accepted") return;
      const id = event.kind.case === "roomCreated" ? String(seq) : event.conversation;
      timeline.add(seq, applied.told, id, model.members(id));
      events.push(settled(seq, event));
    });
  }
  return {
    events,
    repeats,
    records: sequence,
    timeline,
    person: model.person,
    conversation(address, person) {
      if (address.startsWith("#")) return model.room(address.slice(1));
      if (!address.startsWith("@")) return address;
      const other = model.person(address.slice(1));
      return other === undefined ? undefined : [person, other].sort((one, two) => one - two).join("-");
    },
    erased: model.erased,
    texts,
  };
}

function settled(seq: number, event: Event): SettledEvent {
  const { actor, conversation, kind } = event;
  return {
    seq,
    actor: Number(actor),
    clientId: uuidText(event.clientId),
    conversation,
    asked: { kind: String(kind.case), ...saidBy(event) },
  };
}

function saidBy({ kind, erased }: Event): Omit<Asked, "kind"> {
  switch (kind.case) {
    case "messagePosted": {
      const { text, replyTo } = kind.value;
      return { text: erased ? undefined : text, message: replyTo === undefined ? undefined : Number(replyTo) };
    }
    case "messageEdited":
      return { text: erased ? undefined : kind.value.text, message: Number(kind.value.seq) };
    case "reactionAdded":
    case "reactionRemoved":
      return { message: Number(kind.value.seq), emoji: kind.value.emoji };
    case "messageDeleted":
    case "messagePinned":
    case "messageUnpinned":
      return { message: Number(kind.value.seq) };
    case "roomCreated":
    case "roomChanged":
      return { name: kind.value.name };
    case "personAdded":
    case "personChanged":
      return { name: kind.value.handle };
    default:
      return {};
  }
}

function textIn({ kind }: Event): string | undefined {
  return kind.case === "messagePosted" || kind.case === "messageEdited" ? kind.value.text : undefined;
}

/** The conversation that a row belongs to; undefined for a person's. */
export function conversationOfKey(row: SeenRow): string | undefined {
  const [table, ...rest] = row.key.split("/");
  if (table === "conversation" || table === "member") return rest[0];
  return table === "message" ? /^\[\d+,"([^"]+)"/.exec(row.digest)?.[1] : undefined;
}
