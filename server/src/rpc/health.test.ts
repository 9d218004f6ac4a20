import { createClient, createRouterTransport } from "@connectrpc/connect";
import { Health, HealthCheckResponse_ServingStatus as Status } from "@chat/proto/grpc/health/v1/health";
import { ServerReflection } from "@chat/proto/grpc/reflection/v1/reflection";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createReadiness } from "../readiness.ts";
import { registerHealth } from "./health.ts";
import { registerReflection } from "./reflection.ts";
import { requestKindOf } from "./request-kind.ts";

describe("a watch of the health", () => {
  afterEach(() => void vi.restoreAllMocks());

  it("tells each change, with two timers for all that watch", async () => {
    const intervals = vi.spyOn(globalThis, "setInterval");
    const cleared = vi.spyOn(globalThis, "clearInterval");
    const readiness = createReadiness();
    let reason: string | undefined = "starting";
    readiness.require(() => reason);
    const client = createClient(
      Health,
      createRouterTransport((router) => registerHealth(router, readiness)),
    );
    const stop = new AbortController();
    const watches = Array.from({ length: 50 }, () => client.watch({}, { signal: stop.signal })[Symbol.asyncIterator]());
    for (const watch of watches) expect((await watch.next()).value?.status).toBe(Status.NOT_SERVING);
    reason = undefined;
    for (const watch of watches) expect((await watch.next()).value?.status).toBe(Status.SERVING);
    expect(intervals).toHaveBeenCalledTimes(2);
    const ends = watches.map((watch) => watch.next().catch(() => {}));
    stop.abort();
    await Promise.all(ends);
    await vi.waitFor(() => expect(cleared).toHaveBeenCalledTimes(2));
  });

  it("ends after its time, for known services and unknown ones", async () => {
    const readiness = createReadiness();
    const client = createClient(
      Health,
      createRouterTransport((router) => registerHealth(router, readiness, { watchMs: 50 })),
    );
    for (const [service, status] of [
      ["", Status.SERVING],
      ["none", Status.SERVICE_UNKNOWN],
    ] as const) {
      const told = [];
      for await (const message of client.watch({ service })) told.push(message.status);
      expect(told).toEqual([status]);
    }
  });
});

describe("reflection", () => {
  it("takes so many questions on a stream", async () => {
    const client = createClient(ServerReflection, createRouterTransport(registerReflection));
    let answers = 0;
    const ask = async (): Promise<void> => {
      const questions = Array.from({ length: 300 }, () => ({
        messageRequest: { case: "fileContainingSymbol" as const, value: "chat.v1.ChatService" },
      }));
      const iterate = (async function* () {
        yield* questions;
      })();
      for await (const answer of client.serverReflectionInfo(iterate)) {
        if (answer.messageResponse.case === "fileDescriptorResponse") answers++;
      }
    };
    await expect(ask()).rejects.toThrow(/200 questions/);
    expect(answers).toBe(200);
  });
});

it("tells streams of people from those that need no account, and both from calls", () => {
  expect(
    [
      "/chat.v1.ChatService/Subscribe",
      "/grpc.health.v1.Health/Watch",
      "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
      "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
      "/grpc.health.v1.Health/Check",
      "/chat.v1.ChatService/SendMessage",
      "/",
    ].map(requestKindOf),
  ).toEqual(["stream", "watch", "watch", "watch", "call", "call", "call"]);
});
