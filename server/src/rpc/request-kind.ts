import { AuthService } from "@chat/proto/chat/v1/auth_service";
import { ChatService } from "@chat/proto/chat/v1/chat_service";
import { Health } from "@chat/proto/grpc/health/v1/health";
import { ServerReflection } from "@chat/proto/grpc/reflection/v1/reflection";
import { ServerReflection as ServerReflectionAlpha } from "@chat/proto/grpc/reflection/v1alpha/reflection";
import type { RequestKind } from "../http/limits.ts";

/** Streams by path. Those of the services that need no account are watches. */
const STREAMS: ReadonlyMap<string, RequestKind> = new Map([
  ...pathsOf([AuthService, ChatService], "stream"),
  ...pathsOf([Health, ServerReflection, ServerReflectionAlpha], "watch"),
]);

/** What a request of this path counts as. @param path without its query */
export function requestKindOf(path: string): RequestKind {
  return STREAMS.get(path) ?? "call";
}

interface Service {
  readonly typeName: string;
  readonly methods: readonly { readonly name: string; readonly methodKind: string }[];
}

function pathsOf(services: readonly Service[], kind: RequestKind): [string, RequestKind][] {
  return services.flatMap(({ typeName, methods }) =>
    methods
      .filter(({ methodKind }) => methodKind !== "unary")
      .map(({ name }): [string, RequestKind] => [`/${typeName}/${name}`, kind]),
  );
}
