import { create, fromBinary } from "@bufbuild/protobuf";
import { createClient, createRouterTransport } from "@connectrpc/connect";
import {
  type HealthCheckRequest,
  HealthCheckRequestSchema,
  HealthCheckResponse_ServingStatus as Status,
  HealthCheckResponseSchema,
} from "@chat/proto/grpc/health/v1/health";
import { ServerReflection } from "@chat/proto/grpc/reflection/v1/reflection";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createReadiness, type Readiness } from "../readiness.ts";
import type { Payload } from "../wire/payload.ts";
import type { FrameStream, StreamHandler, WireContext, WireRoutes } from "../wire/wire.ts";
import { registerHealth } from "./health.ts";
import { registerReflection } from "./reflection.ts";
import { requestKindOf } from "./request-kind.ts";

/** A watch, and what it was told. */
interface TestWatch {
  readonly told: Status[];
  end(): void;
  readonly done: Promise<void>;
}

/** Opens watches on a service of its own. */
function watcher(readiness: Readiness, options: { watchMs?: number } = {}): (service?: string) => TestWatch {
  let handler: StreamHandler<typeof HealthCheckRequestSchema> | undefined;
  const routes = {
    unary: () => undefined,
    stream: (_method: unknown, _policy: unknown, watch: unknown) => (handler = watch as typeof handler),
  };
  registerHealth(routes as unknown as WireRoutes, readiness, options);
  return (service = "") => {
    const told: Status[] = [];
    let onEnd = (): void => {};
    const stream: Partial<FrameStream> = {
      write({ bytes }: Payload) {
        told.push(fromBinary(HealthCheckResponseSchema, bytes.subarray(5)).status);
        return true;
      },
      onEnd: (listener) => (onEnd = listener),
      end: () => undefined,
    };
    const request: HealthCheckRequest = create(HealthCheckRequestSchema, { service });
    const context = { codec: "binary" } as WireContext;
    return { told, end: () => onEnd(), done: Promise.resolve(handler?.(request, context, stream as FrameStream)) };
  };
}

describe("a watch of the health", () => {
  afterEach(() => void vi.restoreAllMocks());

  it("tells each change, with two timers for all that watch", async () => {
    const intervals = vi.spyOn(globalThis, "setInterval");
    const cleared = vi.spyOn(globalThis, "clearInterval");
    const readiness = createReadiness();
    let reason: string | undefined = "starting";
    readiness.require(() => reason);
    const watch = watcher(readiness);
    const watches = Array.from({ length: 50 }, () => watch());
    await vi.waitFor(() => {
      for (const { told } of watches) expect(told).toEqual([Status.NOT_SERVING]);
    });
    reason = undefined;
    await vi.waitFor(
      () => {
        for (const { told } of watches) expect(told).toEqual([Status.NOT_SERVING, Status.SERVING]);
      },
      { timeout: 10_000 },
    );
    // Those of the watches; waiting here makes some of 50 ms.
    expect(intervals.mock.calls.filter(([, ms]) => ms !== 50)).toHaveLength(2);
    for (const one of watches) one.end();
    await Promise.all(watches.map(({ done }) => done));
    expect(cleared.mock.calls.length).toBeGreaterThanOrEqual(2);
  });

  it("ends after its time, for known services and unknown ones", async () => {
    const watch = watcher(createReadiness(), { watchMs: 50 });
    for (const [service, status] of [
      ["", Status.SERVING],
      ["none", Status.SERVICE_UNKNOWN],
    ] as const) {
      const { told, done } = watch(service);
      await done;
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
