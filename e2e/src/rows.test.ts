import { randomUUID } from "node:crypto";
import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import { create, type DescMessage, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import {
  ListMessagesRequestSchema,
  ListMessagesResponseSchema,
  SendMessageRequestSchema,
  SendMessageResponseSchema,
  SubscribeResponseSchema,
} from "@chat/proto/chat/v1/chat_service";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { callJson, fieldsOf, type JsonAnswer, message, signIn, type SignedIn } from "./call.ts";
import { type ServerProcess, startServer, until } from "./harness.ts";
import { jsonFrames, openRawStream } from "./raw-stream.ts";

/** A message as JSON has it. */
interface JsonMessage {
  readonly seq: string;
  readonly text?: string;
  readonly version: string;
  readonly conversation: string;
}

const REACTIONS = 10_000;
const EMOJI = [..."😀😁😂😃😄😅😆😇😈😉😊😋😌😍😎😏😐😑😒😓"];

/** The named field's bytes wherever it stands in an encoded message. */
function fieldBytes(schema: DescMessage, name: string, bytes: Uint8Array): Uint8Array[] {
  const field = schema.fields.find((each) => each.localName === name);
  const reader = new BinaryReader(bytes);
  const found: Uint8Array[] = [];
  while (reader.pos < reader.len) {
    const [number, wireType] = reader.tag();
    if (number === field?.number && wireType === WireType.LengthDelimited) found.push(reader.bytes());
    else reader.skip(wireType, number);
  }
  return found;
}

describe("calls and rows, as outsiders see them", () => {
  let server: ServerProcess;
  let ada: SignedIn;
  let bob: SignedIn;
  let eve: SignedIn;
  beforeAll(async () => {
    server = await startServer({ env: { LOG_LEVEL: "info" } });
    ada = await signIn(server.url, "mehdi");
    bob = await signIn(server.url, "mehdi1");
    eve = await signIn(server.url, "mehdi2");
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const call = (method: string, body: object, by: SignedIn = ada): Promise<JsonAnswer> =>
    callJson(server.url, `ChatService/${method}`, body, by.token);
  const change = (method: string, body: object, by: SignedIn = ada): Promise<JsonAnswer> =>
    call(method, { ...body, clientId: randomUUID() }, by);
  const messageOf = ({ body }: JsonAnswer): JsonMessage => (body as { message: JsonMessage }).message;
  const post = async (to: string, text: string): Promise<JsonMessage> =>
    messageOf(await call("SendMessage", message(to, text)));

  it("edits a message: its new text and when it was changed, and its versions", async () => {
    const { seq } = await post("@mehdi1", "first");
    const edited = await change("EditMessage", { seq, text: "second" });
    expect(edited.body).toMatchObject({
      message: { seq, text: "second", editedAt: expect.stringMatching(/^\d{4}-/) as string },
    });
    const versions = await call("ListMessageVersions", { seq }, bob);
    expect(versions.body).toMatchObject({
      versions: [{ text: "first", at: expect.stringMatching(/^\d{4}-/) as string }],
    });
    expect((await change("EditMessage", { seq, text: "not theirs" }, bob)).body["code"]).toBe("permission_denied");
  });

  it("deletes a message for good: no text, no reactions, no versions, and no later edit", async () => {
    const { seq } = await post("@mehdi1", "to be gone");
    await change("AddReaction", { seq, emoji: "👍" }, bob);
    await change("EditMessage", { seq, text: "soon gone" });
    const deleted = await change("DeleteMessage", { seq });
    expect(deleted.body).toMatchObject({ message: { seq, deleted: true } });
    for (const field of ["text", "reactions", "editedAt"]) expect(messageOf(deleted)).not.toHaveProperty(field);
    const late = await change("EditMessage", { seq, text: "back" });
    expect([late.status, late.body["code"]]).toEqual([400, "failed_precondition"]);
    expect(JSON.stringify(late.body)).toContain("MESSAGE_DELETED");
    expect((await change("AddReaction", { seq, emoji: "👍" }, bob)).body["code"]).toBe("failed_precondition");
    expect((await call("ListMessageVersions", { seq })).body).toEqual({});
    expect((await call("GetMessage", { seq }, bob)).body).toMatchObject({ message: { seq, deleted: true } });
  });

  it("reacts to a message, by emoji and people, once each", async () => {
    const { seq } = await post("@mehdi1", "react to this");
    await change("AddReaction", { seq, emoji: "👍🏽" }, bob);
    await change("AddReaction", { seq, emoji: "👍🏽" }, bob);
    const answer = await change("AddReaction", { seq, emoji: "👍🏽" });
    expect(answer.body).toMatchObject({ message: { reactions: [{ emoji: "👍🏽", people: [bob.id, ada.id] }] } });
    const family = await change("AddReaction", { seq, emoji: "👨‍👩‍👧‍👦" });
    expect(family.body).toMatchObject({ message: { reactions: [{}, { emoji: "👨‍👩‍👧‍👦", people: [ada.id] }] } });
    const back = await change("RemoveReaction", { seq, emoji: "👍🏽" }, bob);
    expect(back.body).toMatchObject({ message: { reactions: [{ emoji: "👍🏽", people: [ada.id] }, {}] } });
    for (const emoji of ["x", "👍👍", "🏽x"]) {
      const refused = await change("AddReaction", { seq, emoji });
      expect([emoji, refused.body["code"], fieldsOf(refused)]).toEqual([emoji, "invalid_argument", ["emoji"]]);
    }
  });

  it("pins messages, and lists them with the people they refer to", async () => {
    const { seq } = await post("@mehdi2", "worth keeping");
    expect((await change("PinMessage", { seq }, eve)).body).toMatchObject({ message: { seq, pinned: true } });
    const pins = await call("ListPins", { conversation: "@mehdi2", pageSize: 10 });
    expect(pins.body).toMatchObject({
      messages: [{ seq, text: "worth keeping", pinned: true }],
      users: [{ id: ada.id }],
    });
    expect(messageOf(await change("UnpinMessage", { seq }))).not.toHaveProperty("pinned");
    expect((await call("ListPins", { conversation: "@mehdi2" })).body).toEqual({});
  });

  it("lists messages with the ids of their senders and the rows of those people", async () => {
    const { seq } = await post("@mehdi2", "by whom");
    const { body } = await call("ListMessages", { conversation: "@mehdi", pageSize: 1 }, eve);
    expect(body).toMatchObject({
      messages: [{ seq, sender: ada.id, conversation: [ada.id, eve.id].join("-") }],
      users: [{ id: ada.id, handle: "mehdi" }],
      hasMore: true,
    });
  });

  it("says who the caller is", async () => {
    const me = await callJson(server.url, "AuthService/GetMe", {}, ada.token);
    expect(me.body).toMatchObject({ user: { id: ada.id, handle: "mehdi" }, email: "mehdi@yahoo.com" });
  });

  it("changes a profile: the answer has the new handle and name under the same id", async () => {
    const answer = await callJson(
      server.url,
      "AuthService/UpdateProfile",
      { username: "mehdi2-new", displayName: "Mehdi the second", clientId: randomUUID() },
      eve.token,
    );
    expect(answer.body).toMatchObject({ user: { id: eve.id, handle: "mehdi2-new", displayName: "Mehdi the second" } });
    expect((await call("GetUser", { user: "@mehdi2" })).body).toMatchObject({
      user: { id: eve.id, handle: "mehdi2-new" },
    });
  });

  it("calls an unknown method or service unimplemented", async () => {
    for (const method of ["ChatService/ForgetEverything", "AuthService/Nothing", "OtherService/SendMessage"]) {
      const answer = await callJson(server.url, method, {}, ada.token);
      expect([method, answer.body["code"]]).toEqual([method, "unimplemented"]);
    }
  });

  it("refuses an unknown field and an unknown word by name, in calls and in Subscribe", async () => {
    for (const [method, body, name] of [
      ["ListMessages", { conversation: "@mehdi1", limit: 5 }, "limit"],
      ["ListMessages", { direction: "DIRECTION_SIDEWAYS" }, "direction must be one of"],
      ["SendMessage", { ...message("@mehdi1", "x"), txet: "y" }, "txet"],
    ] as const) {
      const answer = await call(method, body);
      expect([answer.body["code"], JSON.stringify(answer.body)]).toEqual([
        "invalid_argument",
        expect.stringContaining(name),
      ]);
    }
    expect((await callJson(server.url, "AuthService/Login", { login: "x", pasword: "y" })).body["code"]).toBe(
      "invalid_argument",
    );
  });

  it("bounds every list by pageSize, 0 meaning the default, and goes on by its token", async () => {
    for (const name of ["pages-one", "pages-two"]) await change("CreateRoom", { name });
    for (const [method, body, list] of [
      ["ListMessages", { conversation: "@mehdi1" }, "messages"],
      ["ListConversations", {}, "conversations"],
      ["ListUsers", {}, "users"],
      ["ListRooms", {}, "conversations"],
    ] as const) {
      const all = ((await call(method, { ...body, pageSize: 0 })).body as Record<string, object[]>)[list] ?? [];
      expect(all.length).toBeGreaterThan(1);
      const first = await call(method, { ...body, pageSize: 1 });
      expect(first.body[list]).toHaveLength(1);
      const second = await call(method, { ...body, pageSize: 1, pageToken: first.body["nextPageToken"] });
      expect(second.body[list]).toHaveLength(1);
      expect(second.body[list]).not.toEqual(first.body[list]);
    }
  });

  it("streams frames with cursor, cause, actor and row, and goes on from a cursor with each changed row once", async () => {
    await using stream = await openRawStream(server.url, bob.token);
    await until("it is live", () => jsonFrames(stream).some((frame) => "heartbeat" in frame));
    const { cursor } = jsonFrames(stream).at(-1) ?? {};
    const { seq } = await post("@mehdi1", "seen at once");
    await change("AddReaction", { seq, emoji: "🎉" });
    const last = messageOf(await change("EditMessage", { seq, text: "seen again" }));
    const live = (): Record<string, unknown>[] => jsonFrames(stream).filter((frame) => "message" in frame);
    await until("all came", () => live().length === 3);
    expect(live()).toMatchObject([
      { cause: "CAUSE_MESSAGE_POSTED", actor: ada.id, users: [{ id: ada.id }], message: { seq, text: "seen at once" } },
      {
        cause: "CAUSE_REACTION_ADDED",
        actor: ada.id,
        message: { seq, reactions: [{ emoji: "🎉", people: [ada.id] }] },
      },
      { cause: "CAUSE_MESSAGE_EDITED", actor: ada.id, message: { seq, text: "seen again" } },
    ]);
    for (const frame of live()) expect(frame["cursor"]).toEqual(expect.stringMatching(/./));

    await using again = await openRawStream(server.url, bob.token, { cursor: cursor ?? "" });
    await until("it has caught up", () => jsonFrames(again).some((frame) => "heartbeat" in frame));
    const caughtUp = jsonFrames(again).filter((frame) => !("ready" in frame || "heartbeat" in frame));
    expect(caughtUp).toMatchObject([{ message: last, users: [{ id: ada.id }] }]);
    expect(caughtUp[0]).not.toHaveProperty("cause");
  });

  it("carries the same bytes of a message in a frame, in an answer and in a page", async () => {
    const binary = async <Schema extends DescMessage>(
      method: string,
      schema: Schema,
      init: MessageInitShape<Schema>,
    ): Promise<Uint8Array> => {
      const response = await fetch(`${server.url}/chat.v1.ChatService/${method}`, {
        method: "POST",
        headers: { "content-type": "application/proto", authorization: `Bearer ${ada.token}` },
        body: toBinary(schema, create(schema, init)) as BodyInit,
      });
      expect(response.status).toBe(200);
      return new Uint8Array(await response.arrayBuffer());
    };
    await using stream = await openRawStream(server.url, bob.token, { type: "proto" });
    await until("it is live", () => stream.frames.length >= 2);
    const asked = message("@mehdi1", "byte for byte, für alle 😀");
    const answer = await binary("SendMessage", SendMessageRequestSchema, asked);
    const inFrame = (): Uint8Array[] =>
      stream.frames.flatMap((frame) => fieldBytes(SubscribeResponseSchema, "message", frame));
    await until("the frame came", () => inFrame().length === 1);
    const page = await binary("ListMessages", ListMessagesRequestSchema, { conversation: "@mehdi1", pageSize: 1 });
    const [answered] = fieldBytes(SendMessageResponseSchema, "message", answer);
    expect(answered?.length).toBeGreaterThan(50);
    expect(inFrame()).toEqual([answered]);
    expect(fieldBytes(ListMessagesResponseSchema, "messages", page)).toEqual([answered]);
  });

  it(
    `sends one row of a message that was reacted to ${REACTIONS} times while somebody was away`,
    { timeout: 300_000 },
    async () => {
      const room = (await change("CreateRoom", { name: "reactions" })).body as { conversation: { id: string } };
      for (const by of [bob, eve]) await change("JoinRoom", { room: "#reactions" }, by);
      const { seq } = await post(room.conversation.id, "everybody reacts to this");
      await using stream = await openRawStream(server.url, eve.token);
      await until("it is live", () => jsonFrames(stream).some((frame) => "heartbeat" in frame));
      const { cursor } = jsonFrames(stream).at(-1) ?? {};

      const people = [ada, bob];
      const rounds = REACTIONS / (EMOJI.length * people.length);
      const causes = (): number =>
        stream.frames.filter((frame) => /"CAUSE_REACTION_(ADDED|REMOVED)"/.test(Buffer.from(frame).toString())).length;
      await Promise.all(
        people.flatMap((by) =>
          EMOJI.map(async (emoji) => {
            for (let round = 0; round < rounds; round++) {
              const method = round % 2 === 0 ? "AddReaction" : "RemoveReaction";
              expect((await change(method, { seq, emoji }, by)).status).toBe(200);
            }
          }),
        ),
      );
      const last = messageOf(await change("AddReaction", { seq, emoji: EMOJI[0] }, eve));
      await until("each was told live", () => causes() === REACTIONS + 1, 60_000);

      await using again = await openRawStream(server.url, eve.token, { cursor: cursor ?? "" });
      await until("it has caught up", () => jsonFrames(again).some((frame) => "heartbeat" in frame), 60_000);
      const rows = jsonFrames(again).filter((frame) => !("ready" in frame || "heartbeat" in frame));
      expect(rows).toMatchObject([{ message: { seq, version: last.version } }]);
    },
  );
});
