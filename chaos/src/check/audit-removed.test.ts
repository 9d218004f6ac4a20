import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { AuthService } from "@chat/proto/chat/v1/auth_service";
import { ChatService } from "@chat/proto/chat/v1/chat_service";
import type { UserSchema } from "@chat/proto/chat/v1/user";
import { Code, ConnectError } from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { expect, it } from "vitest";
import type { Leaver } from "../clients/leavers.ts";
import { auditRemoved } from "./audit-removed.ts";
import { createTimeline } from "./timeline.ts";
import type { Truth } from "./truth.ts";
import { userSeen } from "../rows.ts";

const [STAYS, LEFT, LEFT_AT] = [4_096, 8_192, 12_288];
const TOKEN = "Bearer of who left";

/** What one server makes of who left. */
interface Answers {
  readonly user: MessageInitShape<typeof UserSchema>;
  readonly listed: boolean;
  readonly isMember: boolean;
  readonly signsIn: boolean;
  readonly isAnswered: boolean;
  readonly isHandleFree: boolean;
}

const RIGHT: Answers = {
  user: { id: BigInt(LEFT), removed: true, version: BigInt(LEFT_AT) },
  listed: false,
  isMember: false,
  signsIn: false,
  isAnswered: false,
  isHandleFree: false,
};

async function startFake(answers: Answers) {
  const refuse = (code: Code): never => {
    throw new ConnectError("no", code);
  };
  const server = createServer(
    connectNodeAdapter({
      routes(router) {
        router.service(AuthService, {
          login: ({ login }) => (login === "stays" || answers.signsIn ? {} : refuse(Code.Unauthenticated)),
          register: () => (answers.isHandleFree ? {} : refuse(Code.AlreadyExists)),
          getMe: (_, { requestHeader }) =>
            requestHeader.get("authorization") !== TOKEN || answers.isAnswered ? {} : refuse(Code.Unauthenticated),
        });
        router.service(ChatService, {
          getUser: () => ({ user: answers.user }),
          listUsers: () => ({ users: answers.listed ? [answers.user] : [] }),
          listMembers: () => ({
            members: [STAYS, ...(answers.isMember ? [LEFT] : [])].map((person) => ({
              person: BigInt(person),
              joined: true,
            })),
          }),
        });
      },
    }),
  ).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

const timeline = createTimeline();
const gone = userSeen({ id: LEFT, handle: "", displayName: "", removed: true }, LEFT_AT);
timeline.add(LEFT_AT, [{ row: gone, people: [] }], new Map());
const removal = { person: LEFT, seq: LEFT_AT, withMessages: true, names: ["left"], sources: [LEFT] };
const leaver = {
  user: "left",
  person: LEFT,
  email: "left@example.org",
  withMessages: true,
  devices: [{ name: "leaver/grpc", lastAuthorization: TOKEN }],
} as unknown as Leaver;

async function kindsOf(answers: Partial<Answers>, removed: Truth["removed"] = [removal]): Promise<string[]> {
  await using server = await startFake({ ...RIGHT, ...answers });
  const violations = await auditRemoved({
    leavers: [leaver],
    viewer: "stays",
    password: "secret",
    rooms: ["#red"],
    baseUrls: [server.baseUrl],
    truth: { timeline, removed } as unknown as Truth,
  });
  return [...new Set(violations.map(({ kind }) => kind))];
}

it("finds nothing where who left is gone for everybody", async () => {
  expect(await kindsOf({})).toEqual([]);
});

it.each<[string, string, Partial<Answers>]>([
  ["is shown under their name", "diverged", { user: { ...RIGHT.user, handle: "left", displayName: "left" } }],
  ["is shown as somebody who is there", "diverged", { user: { ...RIGHT.user, removed: false } }],
  ["is listed", "diverged", { listed: true }],
  ["is in a room", "diverged", { isMember: true }],
  ["signs in again", "leaked", { signsIn: true }],
  ["is answered as before", "leaked", { isAnswered: true }],
  ["loses their handle to somebody else", "forged", { isHandleFree: true }],
])("catches that who left %s", async (_name, kind, answers) => {
  expect(await kindsOf(answers)).toEqual([kind]);
});

it("catches a removal that was acknowledged and is not in the log, and a server that can't be asked", async () => {
  expect(await kindsOf({}, [])).toEqual(["lost"]);
  const options = {
    leavers: [leaver],
    viewer: "stays",
    password: "secret",
    rooms: [],
    truth: { timeline, removed: [removal] },
  };
  expect(
    await auditRemoved({ ...options, truth: options.truth as unknown as Truth, baseUrls: ["http://127.0.0.1:1"] }),
  ).toMatchObject([{ kind: "stuck" }]);
});
