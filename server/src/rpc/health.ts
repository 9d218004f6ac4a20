import { Code, ConnectError, type ConnectRouter } from "@connectrpc/connect";
import { AuthService } from "@chat/proto/chat/v1/auth_service";
import { ChatService } from "@chat/proto/chat/v1/chat_service";
import { Health, HealthCheckResponse_ServingStatus as ServingStatus } from "@chat/proto/grpc/health/v1/health";
import type { Readiness } from "../readiness.ts";

const SERVICES: ReadonlySet<string> = new Set(["", AuthService.typeName, ChatService.typeName]);

/** How long a watch lasts: a client that still wants to know opens another one, on any server. */
const WATCH_MS = 10 * 60_000;

/** How often watches are held against that. */
const CHECK_MS = 5_000;

/**
 * grpc.health.v1.Health: as `/readyz`, for gRPC's own probes. A watch needs no account, so there is a bound to how many are open (`OPEN_REQUESTS.watch`), and each
 * one ends with OK after {@link WATCH_MS}. All of them share two timers.
 */
export function registerHealth(router: ConnectRouter, readiness: Readiness, options: { watchMs?: number } = {}): void {
  const { watchMs = WATCH_MS } = options;
  const watches = createWatches(readiness, watchMs);
  const statusOf = (ready: boolean): ServingStatus => (ready ? ServingStatus.SERVING : ServingStatus.NOT_SERVING);
  router.service(Health, {
    check({ service }) {
      if (!SERVICES.has(service)) throw new ConnectError(`There is no service ${service} here.`, Code.NotFound);
      return { status: statusOf(readiness.state().ready) };
    },
    async *watch({ service }, { signal }) {
      const isKnown = SERVICES.has(service);
      for await (const ready of watches.open(signal)) {
        if (isKnown) yield { status: statusOf(ready) };
        else yield { status: ServingStatus.SERVICE_UNKNOWN };
      }
    },
  });
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
