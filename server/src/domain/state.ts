import type { ConversationRow, MemberRow, MessageRow, NameRow, PersonRow } from "./rows.ts";

/** What the rules ask of the state that the log so far has come to. */
export interface State {
  /** seq of the first accepted event that this actor's client_id (16 bytes) was used for. */
  first(actor: number, clientId: Uint8Array): number | undefined;
  person(id: number): PersonRow | undefined;
  name(key: string): NameRow | undefined;
  conversation(id: string): ConversationRow | undefined;
  member(conversation: string, person: number): MemberRow | undefined;
  message(seq: number): MessageRow | undefined;
  /** seqs of the edits of a message. */
  edits(message: number): readonly number[];
  /** How many messages of a conversation are pinned. */
  pins(conversation: string): number;
  /** The rooms that a person is in. */
  roomsOf(person: number): readonly MemberRow[];
}
