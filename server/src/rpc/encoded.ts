import type { DescField, DescMessage } from "@bufbuild/protobuf";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { peopleIn } from "../rows/message-row.ts";
import { type Roster, userBody } from "../projection/roster.ts";
import type { StoredMessage } from "../projection/messages.ts";
import type { EncodedMessage } from "../wire/wire.ts";

/** What a field of a response is made of: rows as they were encoded when they last changed, or plain values. */
type FieldValue = Uint8Array | readonly Uint8Array[] | string | boolean | undefined;

/** Writes a response out of rows that are encoded already, without looking into them. */
export function encodeResponse<Desc extends DescMessage>(
  schema: Desc,
  fields: { readonly [Name in keyof Desc["field"]]?: FieldValue },
): EncodedMessage {
  const writer = new BinaryWriter();
  for (const [name, value] of Object.entries(fields) as [string, FieldValue][]) {
    const { number } = schema.field[name] as DescField;
    if (value === undefined || value === "" || value === false) continue;
    if (value === true) writer.tag(number, WireType.Varint).bool(true);
    else if (typeof value === "string") writer.tag(number, WireType.LengthDelimited).string(value);
    else if (value instanceof Uint8Array) writer.tag(number, WireType.LengthDelimited).bytes(value);
    else for (const each of value) writer.tag(number, WireType.LengthDelimited).bytes(each);
  }
  return { encoded: writer.finish() };
}

/** The people that messages refer to, as encoded chat.v1.User messages. */
export function usersOf(roster: Roster, messages: Iterable<StoredMessage>): Uint8Array[] {
  const ids = new Set<number>();
  for (const message of messages) for (const person of peopleIn(message)) ids.add(person);
  return encodeUsers(roster, ids);
}

/** People as encoded chat.v1.User messages. */
export function encodeUsers(roster: Roster, ids: Iterable<number>): Uint8Array[] {
  const users: Uint8Array[] = [];
  for (const id of ids) {
    const person = roster.person(id);
    if (person) users.push(userBody(person));
  }
  return users;
}
