import type { MemberRow, MessageRow, NameRow, PersonRow, ConversationRow, RowChange, VersionRow } from "./rows.ts";
import type { State } from "./state.ts";

/** The state in plain maps: the model that tests hold the projection against. Carries out any kind of event without knowing it. */
export interface MemoryState extends State {
  readonly people: ReadonlyMap<number, PersonRow>;
  readonly conversations: ReadonlyMap<string, ConversationRow>;
  readonly members: ReadonlyMap<string, MemberRow>;
  readonly messages: ReadonlyMap<number, MessageRow>;
  readonly versions: ReadonlyMap<number, readonly VersionRow[]>;
  /** seqs of events whose texts have to leave the log. */
  readonly erased: ReadonlySet<number>;
  /** Carries out what an accepted event changes. */
  apply(
    seq: number,
    event: { readonly actor: bigint; readonly clientId: Uint8Array },
    changes: readonly RowChange[],
  ): void;
}

/** Nothing has happened yet. */
export function createMemoryState(): MemoryState {
  const people = new Map<number, PersonRow>();
  const names = new Map<string, NameRow>();
  const conversations = new Map<string, ConversationRow>();
  const members = new Map<string, MemberRow>();
  const messages = new Map<number, MessageRow>();
  const versions = new Map<number, VersionRow[]>();
  const erased = new Set<number>();
  const first = new Map<string, number>();
  const clientKey = (actor: number | bigint, clientId: Uint8Array): string => `${actor} ${clientId.join(",")}`;

  return {
    people,
    conversations,
    members,
    messages,
    versions,
    erased,
    first: (actor, clientId) => first.get(clientKey(actor, clientId)),
    person: (id) => people.get(id),
    name: (key) => names.get(key),
    conversation: (id) => conversations.get(id),
    member: (conversation, person) => members.get(`${conversation} ${person}`),
    message: (seq) => messages.get(seq),
    edits: (message) => versions.get(message)?.map(({ replacedBy }) => replacedBy) ?? [],
    pins: (conversation) =>
      [...messages.values()].filter((message) => message.conversation === conversation && message.pinned).length,
    roomsOf: (person) =>
      [...members.values()].filter(
        (member) =>
          member.person === person && member.joined && conversations.get(member.conversation)?.kind === "room",
      ),
    apply(seq, event, changes) {
      first.set(clientKey(event.actor, event.clientId), seq);
      for (const change of changes) {
        if ("erase" in change) for (const each of change.erase) erased.add(each);
        else if ("delete" in change) versions.delete(change.message);
        else if (change.put === "person") people.set(change.row.id, change.row);
        else if (change.put === "name") names.set(change.key, change.row);
        else if (change.put === "conversation") conversations.set(change.row.id, change.row);
        else if (change.put === "member") members.set(`${change.row.conversation} ${change.row.person}`, change.row);
        else if (change.put === "message") messages.set(change.row.seq, change.row);
        else versions.set(change.row.message, [...(versions.get(change.row.message) ?? []), change.row]);
      }
    },
  };
}
