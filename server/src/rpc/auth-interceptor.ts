import type { DescMethod } from "@bufbuild/protobuf";
import type { Interceptor } from "@connectrpc/connect";
import { AuthService } from "@chat/proto/chat/v1/auth_service";
import type { Authenticator } from "../auth/auth.ts";
import { callerKey } from "./caller.ts";

/**
 * Lets nobody call anything without a valid access token, save for what makes one and the services that describe the server. Leaves the caller
 * under `callerKey`. What it throws is for the interceptor outside it to map.
 */
export function createAuthInterceptor(options: { authenticator: Authenticator }): Interceptor {
  const open: ReadonlySet<DescMethod> = new Set([
    AuthService.method.register,
    AuthService.method.login,
    AuthService.method.refresh,
  ]);

  return (next) => async (request) => {
    if (!open.has(request.method) && !request.service.typeName.startsWith("grpc.")) {
      const caller = await options.authenticator.authenticate(request.header.get("authorization") ?? undefined);
      request.contextValues.set(callerKey, caller);
    }
    return next(request);
  };
}
