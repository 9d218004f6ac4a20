import { Code, ConnectError, type ConnectRouter } from "@connectrpc/connect";
import { AuthService } from "@chat/proto/chat/v1/auth_service";
import { ChatService } from "@chat/proto/chat/v1/chat_service";
import { Health, HealthCheckResponse_ServingStatus as ServingStatus } from "@chat/proto/grpc/health/v1/health";
import type { Readiness } from "../readiness.ts";

const SERVICES: ReadonlySet<string> = new Set(["", AuthService.typeName, ChatService.typeName]);

/** grpc.health.v1.Health: as `/readyz`, for gRPC's own probes. */
export function registerHealth(router: ConnectRouter, readiness: Readiness): void {
  const status = (): ServingStatus => (readiness.state().ready ? ServingStatus.SERVING : ServingStatus.NOT_SERVING);
  router.service(Health, {
    check({ service }) {
      if (!SERVICES.has(service)) throw new ConnectError(`There is no service ${service} here.`, Code.NotFound);
      return { status: status() };
    },
    async *watch({ service }, { signal }) {
      if (!SERVICES.has(service)) {
        yield { status: ServingStatus.SERVICE_UNKNOWN };
        await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
        return;
      }
      let told: ServingStatus | undefined;
      while (!signal.aborted) {
        const now = status();
        if (now !== told) yield { status: now };
        told = now;
        await readiness.changed(signal);
      }
    },
  });
}
