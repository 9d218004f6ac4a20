import { create, toBinary, toJsonString } from "@bufbuild/protobuf";
import { AuthService } from "@chat/proto/chat/v1/auth_service";
import { ChatService } from "@chat/proto/chat/v1/chat_service";
import {
  Health,
  HealthCheckResponse_ServingStatus as ServingStatus,
  HealthCheckResponseSchema,
} from "@chat/proto/grpc/health/v1/health";
import { ChatError } from "../errors.ts";
import { CALL_COSTS } from "../limits/call-cost.ts";
import type { Readiness } from "../readiness.ts";
import { envelope } from "../wire/envelope.ts";
import { type Payload, payload } from "../wire/payload.ts";
import type { WireContext, WireRoutes } from "../wire/wire.ts";

const SERVICES: ReadonlySet<string> = new Set(["", AuthService.typeName, ChatService.typeName]);

/** How long a watch lasts: a client that still wants to know opens another one, on any server. */
const WATCH_MS = 10 * 60_000;

/** How often watches are held against that. */
const CHECK_MS = 5_000;

/** Largest request, in bytes: the name of a service. */
const READ_MAX_BYTES = 16 * 1024;

/**
 * grpc.health.v1.Health: as `/readyz`, for gRPC's own probes. A watch needs no account, so there is a bound to how many are open (`OPEN_REQUESTS.watch`), and each
 * one ends with OK after {@link WATCH_MS}. All of them share two timers.
 */
export function registerHealth(routes: WireRoutes, readiness: Readiness, options: { watchMs?: number } = {}): void {
  const { watchMs = WATCH_MS } = options;
  const watches = createWatches(readiness, watchMs);
  const policy = { needsToken: false, cost: CALL_COSTS.light, readMaxBytes: READ_MAX_BYTES } as const;
  const statusOf = (ready: boolean): ServingStatus => (ready ? ServingStatus.SERVING : ServingStatus.NOT_SERVING);
  routes.unary(Health.method.check, policy, ({ service }) => {
    if (!SERVICES.has(service)) throw new ChatError("not_found", "There is no such service here.");
    return create(HealthCheckResponseSchema, { status: statusOf(readiness.state().ready) });
  });
  routes.stream(Health.method.watch, policy, async ({ service }, { codec }, stream) => {
    const ended = new AbortController();
    stream.onEnd(() => ended.abort());
    for await (const ready of watches.open(ended.signal)) {
      stream.write(statusFrame(SERVICES.has(service) ? statusOf(ready) : ServingStatus.SERVICE_UNKNOWN, codec));
    }
    stream.end();
  });
}

function statusFrame(status: ServingStatus, codec: WireContext["codec"]): Payload {
  const message = create(HealthCheckResponseSchema, { status });
  const bytes =
    codec === "binary"
      ? toBinary(HealthCheckResponseSchema, message)
      : Buffer.from(toJsonString(HealthCheckResponseSchema, message));
  return payload(envelope(bytes));
}

/** Who watches, oldest first. */
function createWatches(readiness: Readiness, watchMs: number): { open(signal: AbortSignal): AsyncIterable<boolean> } {
  const open = new Set<{ readonly since: number; readonly wake: () => void }>();
  let listening: AbortController | undefined;
  let timer: NodeJS.Timeout | undefined;
  const wakeAll = (): void => {
    for (const watch of open) watch.wake();
  };
  function begin(): void {
    listening = new AbortController();
    readiness.onChange(wakeAll, listening.signal);
    timer = setInterval(
      () => {
        for (const watch of open) {
          if (performance.now() - watch.since < watchMs) break;
          watch.wake();
        }
      },
      Math.min(CHECK_MS, watchMs),
    ).unref();
  }
  function end(): void {
    listening?.abort();
    clearInterval(timer);
  }
  return {
    async *open(signal) {
      let wake = (): void => {};
      const watch = { since: performance.now(), wake: () => wake() };
      const onAbort = (): void => wake();
      if (open.size === 0) begin();
      open.add(watch);
      signal.addEventListener("abort", onAbort, { once: true });
      try {
        let told: boolean | undefined;
        while (!signal.aborted && performance.now() - watch.since < watchMs) {
          const woken = new Promise<void>((resolve) => (wake = resolve));
          const { ready } = readiness.state();
          if (ready !== told) {
            told = ready;
            yield ready;
            continue; // it may have changed while the peer read
          }
          await woken;
        }
      } finally {
        signal.removeEventListener("abort", onAbort);
        open.delete(watch);
        if (open.size === 0) end();
      }
    },
  };
}
