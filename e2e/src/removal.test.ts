import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import { callJson, type JsonAnswer, message, signIn, type SignedIn } from "./call.ts";
import { type ServerProcess, startCluster, startServer, until } from "./harness.ts";
import { tracesOf } from "./traces.ts";

/** The eraser looks every second, after that the files are written again. */
const ERASED_MS = 30_000;

const PASSWORD = "correct horse 9 battery";

/** What somebody leaves behind, each word in no other place of the system. */
const WORDS = {
  handle: "zqhandlezq",
  laterHandle: "zqrenamedzq",
  name: "Zqnamezq Example",
  laterName: "Zqlaternamezq Example",
  email: "zqmailzq@example.org",
  text: "zqtextzq said to one",
  roomText: "zqroomtextzq said to all",
  editedText: "zqeditedzq said again",
} as const;

/** An account with a history: renamed, with messages that were edited, reacted to, pinned and deleted. */
async function leaveTraces(server: ServerProcess): Promise<SignedIn> {
  const { handle, laterHandle, name, laterName, email } = WORDS;
  const other = await signIn(server.url, "mehdi");
  const registered = await callJson(server.url, "AuthService/Register", {
    email,
    username: handle,
    displayName: name,
    password: PASSWORD,
    clientId: randomUUID(),
  });
  expect(registered.status).toBe(200);
  const person = await signIn(server.url, handle, PASSWORD);
  const call = async (method: string, body: object, by = person): Promise<JsonAnswer> => {
    const answer = await callJson(server.url, method, { ...body, clientId: randomUUID() }, by.token);
    expect(answer.status).toBe(200);
    return answer;
  };
  const seqOf = ({ body }: JsonAnswer): string => (body as { message: { seq: string } }).message.seq;
  await call("ChatService/CreateRoom", { name: "everybody" }, other);
  await call("ChatService/JoinRoom", { room: "#everybody" });
  const seq = seqOf(await call("ChatService/SendMessage", message("@mehdi", WORDS.text)));
  await call("ChatService/SendMessage", message("#everybody", WORDS.roomText));
  await call("ChatService/SendMessage", message(`@${handle}`, "said by another person, to be kept"), other);
  await call("ChatService/EditMessage", { seq, text: WORDS.editedText });
  await call("ChatService/AddReaction", { seq, emoji: "👍" }, other);
  await call("ChatService/PinMessage", { seq }, other);
  await call("AuthService/UpdateProfile", { username: laterHandle, displayName: laterName });
  return person;
}

async function remove(server: ServerProcess, { token }: SignedIn): Promise<void> {
  const request = { password: PASSWORD, withMessages: true, clientId: randomUUID() };
  expect((await callJson(server.url, "AuthService/DeleteAccount", request, token)).body).toEqual({});
}

async function expectGone(directories: readonly string[]): Promise<void> {
  const words = Object.values(WORDS);
  let found: string[] = [];
  await until(
    "nothing is left",
    async () => {
      found = (await Promise.all(directories.map((directory) => tracesOf(words, directory)))).flat();
      return found.length === 0;
    },
    ERASED_MS,
  ).catch(() => {}); // what is left is told below
  expect(found).toEqual([]);
}

describe("a person who removes their account with their messages", () => {
  it("leaves no name, address or text in the data directory, and none comes back", { timeout: 120_000 }, async () => {
    await using server = await startServer();
    const person = await leaveTraces(server);
    expect(await tracesOf(Object.values(WORDS), server.dataDir)).not.toEqual([]);
    await remove(server, person);
    await expectGone([server.dataDir]);

    const other = await signIn(server.url, "mehdi");
    const call = (method: string, body: object): Promise<JsonAnswer> => callJson(server.url, method, body, other.token);
    expect((await call("ChatService/GetUser", { user: person.id })).body).toEqual({
      user: expect.objectContaining({ id: person.id, removed: true }) as unknown,
    });
    const { body } = await call("ChatService/ListMessages", { conversation: `${other.id}-${person.id}` });
    expect(body).toMatchObject({ messages: [{ sender: person.id, deleted: true }, { sender: other.id }] });
    const again = { email: WORDS.email, username: "zq-other", password: PASSWORD };
    expect((await callJson(server.url, "AuthService/Register", again)).status).toBe(200);
    for (const username of [WORDS.handle, WORDS.laterHandle]) {
      const taken = { email: `${username}@example.org`, username, password: PASSWORD };
      expect((await callJson(server.url, "AuthService/Register", taken)).body["code"]).toBe("already_exists");
    }
  });

  it("leaves none in what NATS stores or in the read model of any server", { timeout: 180_000 }, async () => {
    await using cluster = await startCluster(2);
    const { servers, nats } = cluster;
    const [first] = servers;
    if (!first) throw new Error("no server");
    const person = await leaveTraces(first);
    for (const directory of [nats.storeDir, ...servers.map(({ dataDir }) => dataDir)])
      expect(await tracesOf(Object.values(WORDS), directory)).not.toEqual([]);
    await remove(first, person);
    await expectGone([nats.storeDir, ...servers.map(({ dataDir }) => dataDir)]);
  });
});
