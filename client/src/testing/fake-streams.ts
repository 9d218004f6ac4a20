import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { Cause, SubscribeResponseSchema } from "@chat/proto/chat/v1/chat_service";
import type { User } from "@chat/proto/chat/v1/user";
import { Code, ConnectError } from "@connectrpc/connect";
import { peopleOf } from "../address.ts";
import type { FakeChat, Happened, Row } from "./fake-chat.ts";

export const HEARTBEAT_MS = 10_000;

type Frame = MessageInitShape<typeof SubscribeResponseSchema>;

/** A Subscribe stream that is open. */
export interface FakeStream {
  /** What the client asked to begin after. */
  readonly cursor: string;
  readonly person: number;
  readonly signal: AbortSignal;
  send(frame: Frame): void;
  /** Ends it, with an error or as if the server had closed it. */
  cut(error?: ConnectError): void;
}

/** The streams of a fake server: catch-up, then live. */
export interface FakeStreams {
  readonly open: FakeStream[];
  /** Changes what cursors mean. */
  epoch: string;
  /** Streams get no changes until `flush`; the chat goes on. */
  hold(): void;
  flush(): void;
  publish(event: Happened): void;
  heartbeat(): void;
  subscribe(cursor: string, person: number, signal: AbortSignal): AsyncGenerator<Frame>;
}

export function createFakeStreams(chat: () => FakeChat): FakeStreams {
  let held: { readonly from: number; readonly events: Happened[] } | undefined;
  const cursorAt = (seq: number): string => `${streams.epoch}:${seq}`;

  /** Up to where nothing is missing on the streams. */
  const position = (): string => cursorAt(held?.from ?? chat().head);

  function usersOf(row: Row): User[] {
    const people = [...referred(row)].map(Number);
    return [...new Set(people)].flatMap((person) => chat().users.get(person) ?? []);
  }

  function frames({ seq, cause, actor, rows }: Happened, person: number): Frame[] {
    const seen = rows.filter(({ to }) => to === undefined || to.includes(person));
    return seen.map(({ row, own }, at) => ({
      cursor: at === seen.length - 1 ? cursorAt(seq) : "",
      cause,
      actor: BigInt(actor),
      users: usersOf(row),
      payload: own ? withOwn(row, person) : row,
    }));
  }

  /** With the reader's own fields, save for the newest message: that comes as a row of its own, if at all. */
  function withOwn(row: Row, person: number): Row {
    if (row.case !== "conversation") return row;
    const value = chat().conversationFor(row.value.id, person);
    delete value.lastMessage;
    return { case: "conversation", value };
  }

  /** Each row that the person may see and that changed after the seq, as it now stands, in the order of the changes. */
  function changedAfter(after: number, person: number): Frame[] {
    const { users, conversations, members, messages, isIn } = chat();
    const rows: { version: number; row: Row }[] = [];
    const add = (row: Row): void => void rows.push({ version: Number(row.value.version), row });
    for (const value of users.values()) add({ case: "user", value });
    for (const value of conversations.values()) {
      const own = members.get(value.id)?.get(person);
      const isNew = own?.joined && Number(own.joinedSeq) > after;
      // Who joined meanwhile gets the room's row with the member row, however old it is.
      if (isNew)
        rows.push({ version: Number(own.version) - 0.5, row: withOwn({ case: "conversation", value }, person) });
      else if (isIn(value.id, person)) add(withOwn({ case: "conversation", value }, person));
    }
    for (const [id, all] of members)
      for (const [other, value] of all) if (other === person || isIn(id, person)) add({ case: "member", value });
    for (const value of messages.values()) {
      const own = members.get(value.conversation)?.get(person);
      // Of a room that was joined meanwhile: what changed since.
      const from = own && Number(own.joinedSeq) > after ? Number(own.joinedSeq) : after;
      if (isIn(value.conversation, person) && Number(value.version) > from) add({ case: "message", value });
    }
    return rows
      .filter(({ version }) => version > after)
      .sort((one, other) => one.version - other.version)
      .map(({ version, row }, at, all) => ({
        // The last row of an event carries the cursor.
        cursor: Number.isInteger(version) && all[at + 1]?.version !== version ? cursorAt(version) : "",
        cause: Cause.UNSPECIFIED,
        users: usersOf(row),
        payload: row,
      }));
  }

  const streams: FakeStreams = {
    open: [],
    epoch: "epoch-1",
    hold: () => void (held ??= { from: chat().head, events: [] }),
    flush() {
      const events = held?.events ?? [];
      held = undefined;
      for (const event of events) streams.publish(event);
    },
    publish(event) {
      if (held) return void held.events.push(event);
      for (const stream of streams.open) for (const frame of frames(event, stream.person)) stream.send(frame);
    },
    heartbeat() {
      for (const stream of streams.open) stream.send({ cursor: position(), payload: { case: "heartbeat", value: {} } });
    },
    async *subscribe(cursor, person, signal) {
      const queue: Frame[] = [];
      let end: { readonly error: ConnectError | undefined } | undefined;
      let wake = (): void => {};
      const stream: FakeStream = {
        cursor,
        person,
        signal,
        send(frame) {
          queue.push(create(SubscribeResponseSchema, frame));
          wake();
        },
        cut(error) {
          end ??= { error };
          const at = streams.open.indexOf(stream);
          if (at >= 0) streams.open.splice(at, 1);
          wake();
        },
      };
      signal.addEventListener("abort", () => stream.cut(new ConnectError("aborted", Code.Canceled)));
      const now = position();
      const [epoch, after] = cursor.split(":");
      stream.send({
        cursor: cursor === "" ? now : "",
        payload: { case: "ready", value: { heartbeatMs: HEARTBEAT_MS } },
      });
      if (cursor !== "") {
        if (epoch !== streams.epoch) stream.send({ cursor: now, payload: { case: "reset", value: {} } });
        else for (const frame of changedAfter(Number(after), person)) stream.send(frame);
        stream.send({ cursor: now, payload: { case: "heartbeat", value: {} } });
      }
      streams.open.push(stream);
      try {
        for (;;) {
          const frame = queue.shift();
          if (frame) yield frame;
          else if (end?.error) throw end.error;
          else if (end) return;
          else await new Promise<void>((resolve) => (wake = resolve));
        }
      } finally {
        stream.cut();
      }
    },
  };
  return streams;
}

/** Ids of the people that a row names. */
function* referred(row: Row): Iterable<bigint | number> {
  switch (row.case) {
    case "message":
      yield row.value.sender;
      for (const { people } of row.value.reactions) yield* people;
      return;
    case "conversation":
      yield* peopleOf(row.value.id) ?? [row.value.creator];
      return;
    case "member":
      yield row.value.person;
      return;
    case "user":
      return;
  }
}

/** The people that rows of a page refer to. */
export function usersIn(chat: FakeChat, rows: readonly Row[]): User[] {
  const people = new Set(rows.flatMap((row) => [...referred(row)].map(Number)));
  return [...people].flatMap((person) => chat.users.get(person) ?? []);
}
