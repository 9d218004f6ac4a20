import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { callJson, type JsonAnswer, message, signIn, type SignedIn } from "./call.ts";
import { type Cluster, startCluster, until } from "./harness.ts";
import { jsonFrames, openRawStream } from "./raw-stream.ts";

describe("names on two servers", () => {
  let cluster: Cluster;
  let ada: SignedIn;
  let bob: SignedIn;
  beforeAll(async () => {
    cluster = await startCluster(2);
    ada = await signIn(urlOf(0), "mehdi");
    bob = await signIn(urlOf(1), "mehdi1");
  });
  afterAll(() => cluster[Symbol.asyncDispose]());

  const urlOf = (index: number): string => cluster.servers[index]?.url ?? "";
  const both = [0, 1];
  const call = (index: number, method: string, body: object, { token }: SignedIn): Promise<JsonAnswer> =>
    callJson(urlOf(index), method, body, token);
  const rename = (index: number, username: string, by: SignedIn): Promise<JsonAnswer> =>
    call(index, "AuthService/UpdateProfile", { username, clientId: randomUUID() }, by);
  const register = (index: number, username: string): Promise<JsonAnswer> =>
    callJson(urlOf(index), "AuthService/Register", {
      email: `${randomUUID()}@example.org`,
      username,
      password: "correct horse 9 battery",
    });
  const takenField = ({ body }: JsonAnswer): unknown => [body["code"], JSON.stringify(body).includes('"username"')];

  it("of people: a new one shows at once on both, the old one leads there, and nobody else can take either", async () => {
    const sent = (await call(0, "ChatService/SendMessage", message("@mehdi1", "before"), ada)).body as {
      message: { conversation: string };
    };
    await using stream = await openRawStream(urlOf(1), bob.token);
    await until("it is live", () => jsonFrames(stream).some((frame) => "heartbeat" in frame));

    const renamed = await rename(0, "ada", ada);
    expect(renamed.body).toMatchObject({ user: { id: ada.id, handle: "ada" } });
    const told = (): Record<string, unknown>[] => jsonFrames(stream).filter((frame) => "user" in frame);
    await until("the other server's people are told", () => told().length > 0);
    expect(told()).toMatchObject([
      { cause: "CAUSE_PERSON_CHANGED", actor: ada.id, user: { id: ada.id, handle: "ada" } },
    ]);

    for (const index of both) {
      for (const user of ["@ada", "@mehdi", ada.id])
        expect((await call(index, "ChatService/GetUser", { user }, bob)).body).toMatchObject({
          user: { id: ada.id, handle: "ada" },
        });
      for (const to of ["@ada", "@mehdi"])
        expect((await call(index, "ChatService/SendMessage", message(to, "hello"), bob)).body).toMatchObject({
          message: { conversation: sent.message.conversation },
        });
      const list = await call(index, "ChatService/ListConversations", {}, bob);
      expect(list.body).toMatchObject({ conversations: [{ address: "@ada" }] });
      for (const name of ["mehdi", "ada"]) {
        expect(takenField(await register(index, name))).toEqual(["already_exists", true]);
        expect(takenField(await rename(index, name, bob))).toEqual(["already_exists", true]);
        expect((await signIn(urlOf(index), name)).id).toBe(ada.id);
      }
    }
    // Its own old name is a person's to take back.
    expect((await rename(1, "mehdi", ada)).body).toMatchObject({ user: { handle: "mehdi" } });
    expect(takenField(await rename(0, "ada", bob))).toEqual(["already_exists", true]);
  });

  it("of people: one of two who ask for the same at once gets it, on both servers", async () => {
    const rounds = 20;
    for (let round = 0; round < rounds; round++) {
      const name = `wanted-${round}`;
      const answers = await Promise.all([rename(0, name, ada), rename(1, name, bob)]);
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
      const winner = answers[0]?.status === 200 ? ada : bob;
      for (const index of both)
        await until("both servers say so", async () => {
          const { body } = await call(index, "ChatService/GetUser", { user: name }, ada);
          return (body as { user?: { id: string } }).user?.id === winner.id;
        });
    }
  });

  it("of rooms: a new one shows at once on both, the old one leads there, and nobody else can take either", async () => {
    const make = (index: number, name: string, by: SignedIn): Promise<JsonAnswer> =>
      call(index, "ChatService/CreateRoom", { name, clientId: randomUUID() }, by);
    const { conversation } = (await make(0, "old-room", ada)).body as { conversation: { id: string } };
    const change = { room: "#old-room", name: "new-room", clientId: randomUUID() };
    expect((await call(0, "ChatService/UpdateRoom", change, ada)).body).toMatchObject({
      conversation: { id: conversation.id, name: "new-room", address: "#new-room" },
    });
    for (const index of both) {
      for (const address of ["#new-room", "#old-room", conversation.id])
        await until("it leads there", async () => {
          const { body } = await call(index, "ChatService/GetConversation", { conversation: address }, bob);
          const found = (body as { conversation?: { id: string; name: string } }).conversation;
          return found?.id === conversation.id && found.name === "new-room";
        });
      for (const name of ["old-room", "new-room"]) {
        const refused = await make(index, name, bob);
        expect([refused.body["code"], JSON.stringify(refused.body)]).toEqual([
          "already_exists",
          expect.stringContaining("NAME_TAKEN"),
        ]);
      }
    }
  });
});
