import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { promisify } from "node:util";
import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import {
  ChatService,
  SendMessageRequestSchema,
  SendMessageResponseSchema,
  SubscribeRequestSchema,
  type SubscribeResponse,
  SubscribeResponseSchema,
} from "@chat/proto/chat/v1/chat_service";
import { Client, credentials, Metadata, status } from "@grpc/grpc-js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ROOT } from "../../scripts/paths.ts";
import { callJson, message, signIn } from "./call.ts";
import { type ServerProcess, startServer } from "./harness.ts";

const run = promisify(execFile);
const BUF = join(ROOT, "node_modules/.bin/buf");

describe("one port for every protocol", () => {
  let server: ServerProcess;
  let token: string;
  let id: string;
  beforeAll(async () => {
    server = await startServer();
    ({ token, id } = await signIn(server.url, "mehdi"));
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const path = (name: string) => `/${ChatService.typeName}/${name}`;
  const bearer = () => {
    const metadata = new Metadata();
    metadata.set("authorization", `Bearer ${token}`);
    return metadata;
  };
  const sendRequest = (init: MessageInitShape<typeof SendMessageRequestSchema>) =>
    create(SendMessageRequestSchema, init);

  it("serves @grpc/grpc-js: a send is seen on the stream, an error has its code and detail", async () => {
    using client = new DisposableStack();
    const grpc = client.adopt(new Client(`127.0.0.1:${server.port}`, credentials.createInsecure()), (each) =>
      each.close(),
    );
    const stream = grpc.makeServerStreamRequest(
      path("Subscribe"),
      (request: Uint8Array) => Buffer.from(request),
      (bytes) => fromBinary(SubscribeResponseSchema, bytes),
      toBinary(SubscribeRequestSchema, create(SubscribeRequestSchema)),
      bearer(),
    );
    stream.on("error", () => {}); // cancelled at the end
    const frames = stream[Symbol.asyncIterator]() as AsyncIterator<SubscribeResponse>;
    expect((await frames.next()).value?.payload.case).toBe("ready");
    expect((await frames.next()).value?.payload.case).toBe("heartbeat");

    const send = (request: Uint8Array) =>
      new Promise<Uint8Array>((resolve, reject) =>
        grpc.makeUnaryRequest(
          path("SendMessage"),
          (bytes: Uint8Array) => Buffer.from(bytes),
          (bytes) => bytes,
          request,
          bearer(),
          (error, answer) => (error ? reject(error) : resolve(answer as Uint8Array)),
        ),
      );
    const answer = await send(toBinary(SendMessageRequestSchema, sendRequest(message("@mehdi1", "over grpc"))));
    const stored = fromBinary(SendMessageResponseSchema, answer).message;
    const begun = (await frames.next()).value as SubscribeResponse;
    expect([begun.payload.case, begun.cursor]).toEqual(["conversation", ""]); // the rows of this event go on
    const frame = (await frames.next()).value as SubscribeResponse;
    expect(frame.cursor).not.toBe("");
    expect(frame.payload).toEqual({ case: "message", value: stored });

    const refused = await send(toBinary(SendMessageRequestSchema, sendRequest(message("@mehdi1", " ")))).catch(
      (error: unknown) => error,
    );
    expect(refused).toMatchObject({ code: status.INVALID_ARGUMENT });
    expect((refused as { metadata: Metadata }).metadata.get("grpc-status-details-bin")).toHaveLength(1);
    stream.cancel();
  });

  it.each(["grpc", "grpcweb", "connect"])("serves buf curl over %s, by reflection alone", async (protocol) => {
    const clientId = randomUUID();
    const { stdout } = await run(BUF, [
      "curl", "--http2-prior-knowledge", "--protocol", protocol, "-H", `Authorization: Bearer ${token}`,
      "-d", JSON.stringify({ to: "@mehdi1", text: `by ${protocol}`, client_id: clientId }), `${server.url}${path("SendMessage")}`,
    ]); // prettier-ignore
    expect(JSON.parse(stdout)).toMatchObject({ message: { text: `by ${protocol}`, clientId, sender: id } });
  });

  it.each(["grpc-v1", "grpc-v1alpha"])("lists and describes its services through reflection %s", async (version) => {
    const { stdout } = await run(BUF, [
      "curl",
      "--http2-prior-knowledge",
      "--reflect-protocol",
      version,
      "--list-services",
      server.url,
    ]);
    for (const name of [
      "chat.v1.AuthService",
      "chat.v1.ChatService",
      "grpc.health.v1.Health",
      "grpc.reflection.v1alpha.ServerReflection",
    ]) {
      expect(stdout).toContain(name);
    }
  });

  it("answers gRPC's own health checks", async () => {
    const check = (service: string) =>
      run(BUF, [
        "curl",
        "--http2-prior-knowledge",
        "--protocol",
        "grpc",
        "-d",
        JSON.stringify({ service }),
        `${server.url}/grpc.health.v1.Health/Check`,
      ]);
    for (const service of ["", "chat.v1.ChatService"])
      expect(JSON.parse((await check(service)).stdout)).toEqual({ status: "SERVING" });
    await expect(check("chat.v1.NoSuchService")).rejects.toThrow(/not_found/);
  });

  it("serves gRPC-web and Connect JSON over HTTP/1.1", async () => {
    const body = toBinary(SendMessageRequestSchema, sendRequest(message("@mehdi1", "by hand")));
    const enveloped = Buffer.concat([Buffer.from([0, 0, 0, 0, body.length]), body]);
    const response = await fetch(`${server.url}${path("SendMessage")}`, {
      method: "POST",
      headers: { "content-type": "application/grpc-web+proto", authorization: `Bearer ${token}` },
      body: enveloped,
    });
    const answer = Buffer.from(await response.arrayBuffer());
    const length = answer.readUInt32BE(1);
    expect(fromBinary(SendMessageResponseSchema, answer.subarray(5, 5 + length)).message?.text).toBe("by hand");
    expect(answer.subarray(5 + length + 5).toString()).toContain("grpc-status: 0");
    const json = await callJson(
      server.url,
      "ChatService/ListMessages",
      { conversation: "@mehdi1", pageSize: 1 },
      token,
    );
    expect(json.body).toMatchObject({ messages: [{ text: "by hand" }], hasMore: true });
  });

  it("drops a connection whose request never ends", async () => {
    const { Socket } = await import("node:net");
    const socket = new Socket().connect(server.port, "127.0.0.1");
    socket.write("GET /healthz HTTP/1.1\r\nHost: x\r\n");
    let answer = "";
    socket.on("data", (chunk: Buffer) => (answer += chunk.toString()));
    await new Promise((resolve) => socket.once("close", resolve));
    expect(answer).toMatch(/^HTTP\/1.1 408 /);
  });

  it("survives requests that nobody can understand", async () => {
    const { Socket } = await import("node:net");
    for (const bytes of [
      "GET / HTTP/1.0\r\n\r\n",
      "POST //x HTTP/1.0\r\n\r\n",
      "PRI * HTTP/2.0\r\n\r\nXX\r\n\r\nxxxxxxxx",
      "\u0000\u0001\u0002",
    ]) {
      const socket = new Socket();
      socket.on("error", () => {}); // dropped, which is the point
      socket.connect(server.port, "127.0.0.1", () => socket.end(bytes));
      socket.resume();
      await new Promise((resolve) => socket.once("close", resolve));
    }
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
  });
});
