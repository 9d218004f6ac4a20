import { fromBinary } from "@bufbuild/protobuf";
import { type Event, EventSchema } from "@chat/proto/chat/log/v1/event";
import { uuidText } from "../uuid-text.ts";
import { CHAIN_START, createChainWalk } from "../../../server/src/log/chain.ts";
import { seqOf } from "../../../server/src/log/position.ts";
import { decodeRecord } from "../../../server/src/log/record-codec.ts";
import type { Asked, Operation } from "../history.ts";
import { createModel, type Erased } from "./model.ts";
import type { Removed } from "./people.ts";
import { conversationOfKey } from "../rows.ts";
import { createTimeline, type Timeline } from "./timeline.ts";

/** An event that the log holds and the rules accepted. */
export interface SettledEvent {
  readonly seq: number;
  /** Person id; 0: the server. */
  readonly actor: number;
  readonly clientId: string;
  /** Id; empty where it is about a person, or creates a room. */
  readonly conversation: string;
  /** What it says, without an address. A text or a handle that was erased is undefined. */
  readonly asked: Asked;
  /** Whether its texts or names left the log. */
  readonly erased: boolean;
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
  /** Whose account was removed, in log order. */
  readonly removed: readonly Removed[];
  /** seqs of events that still tell what somebody is called. */
  readonly names: ReadonlyMap<number, readonly string[]>;
}

/**
 * Folds the final log.
 * @param records in order, from the first
 * @param operations what was asked for: the texts and handles that the log does not hold any more
 * @param registered first handles of those who may be removed, by person: the log does not hold them any more either
 */
export function truthOf(
  records: Iterable<Uint8Array>,
  operations: readonly Operation[] = [],
  registered: ReadonlyMap<number, string> = new Map(),
): Truth {
  const asked = new Map(operations.map((each) => [each.clientId, each.asked]));
  const model = createModel({
    textOf: (clientId) => asked.get(clientId)?.text,
    handleOf: (clientId) => asked.get(clientId)?.name,
    registered,
  });
  const timeline = createTimeline();
  const events: SettledEvent[] = [];
  const texts = new Map<number, string>();
  const names = new Map<number, readonly string[]>();
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
      const said = namesIn(event);
      if (said.length > 0) names.set(seq, said);
      if (record.isVoid) return; // written on another past: nothing in it happens
      const applied = model.apply(seq, event);
      if (applied.kind === "repeat") repeats++;
      if (applied.kind !== "accepted") return;
      const ids = new Set(applied.told.map(({ row }) => conversationOfKey(row)).filter((id) => id !== undefined));
      timeline.add(seq, applied.told, new Map([...ids].map((id) => [id, model.members(id)])));
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
    removed: model.removed,
    names,
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
    erased: event.erased,
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
      return { name: erased ? undefined : kind.value.handle };
    case "personRemoved":
      return { withMessages: kind.value.withMessages };
    default:
      return {};
  }
}

function textIn({ kind }: Event): string | undefined {
  return kind.case === "messagePosted" || kind.case === "messageEdited" ? kind.value.text : undefined;
}

function namesIn({ kind }: Event): string[] {
  if (kind.case !== "personAdded" && kind.case !== "personChanged") return [];
  return [kind.value.handle, kind.value.displayName].filter((name) => name !== undefined && name !== "") as string[];
}
