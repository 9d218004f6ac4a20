import { describe, expect, it } from "vitest";
import { clientUnderTest } from "../testing/client-under-test.ts";
import { createFakeServer, PASSWORD, type MethodName } from "../testing/fake-server.ts";
import { createFakeTime, settled } from "../testing/fake-time.ts";
import type { ChatClient } from "../types.ts";

type Ask = (client: ChatClient, seq: number) => Promise<unknown>;

const QUESTIONS: readonly [MethodName, Ask][] = [
  ["getUser", ({ users }) => users.find("@dora")],
  ["listUsers", ({ users }) => users.search("dora")],
  ["listRooms", ({ rooms }) => rooms.list()],
  ["listMembers", ({ rooms }) => rooms.members("#secret")],
  ["listMessages", ({ messages }) => messages.list({ conversation: "#secret" })],
  ["getMessage", ({ messages }, seq) => messages.get(seq)],
  ["listPins", ({ messages }) => messages.pins("#secret")],
  ["listMessageVersions", ({ messages }, seq) => messages.versions(seq)],
];

describe("an answer that comes after another person has signed in", () => {
  it.each(QUESTIONS)("is nobody's (%s)", async (method, ask) => {
    const time = createFakeTime();
    const server = createFakeServer({ now: time.now, people: ["ada", "bob", "carl", "dora"] });
    await using test = await clientUnderTest({ server, time });
    const seq = Number(server.post("carl", "#secret", "nothing for bob").seq);
    server.chat.join(server.id("ada"), "#secret");
    server.chat.pin(server.id("ada"), seq, true);
    const answer = Promise.withResolvers<void>();
    server.disturb(method, { answerAfter: answer.promise });
    const { session, users, conversations } = test.client;
    const asked = ask(test.client, seq);
    const refused = expect(asked).rejects.toMatchObject({ code: "unauthenticated" });
    await settled();
    await session.logout();
    await session.login({ login: "bob", password: PASSWORD });
    await settled();
    answer.resolve();
    await refused;
    await settled();
    const known = [...users.$known.get().values()].map(({ handle }) => handle);
    expect(known).not.toContain("carl");
    expect(known).not.toContain("dora");
    expect(conversations.$state.get().conversations).toEqual([]);
    expect(server.count(method)).toBeGreaterThan(0);
  });
});
