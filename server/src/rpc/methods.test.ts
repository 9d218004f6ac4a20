import { AuthService } from "@chat/proto/chat/v1/auth_service";
import { ChatService } from "@chat/proto/chat/v1/chat_service";
import { describe, expect, it } from "vitest";
import type { MethodPolicy, WireRoutes } from "../wire/wire.ts";
import { registerMethods } from "./methods.ts";

describe("the table of methods", () => {
  it("has every method of both services, all but four of them for signed-in people alone", () => {
    const policies = new Map<string, MethodPolicy>();
    const note = (method: { readonly name: string }, policy: MethodPolicy): void =>
      void policies.set(method.name, policy);
    const routes: WireRoutes = { unary: note, stream: note };
    registerMethods(routes, { deps: { projection: {} } as never, accounts: {} as never, relay: {} as never });
    const names = [AuthService, ChatService].flatMap(({ methods }) => methods.map(({ name }) => name));
    expect([...policies.keys()].sort()).toEqual(names.sort());
    const open = [...policies].filter(([, { needsToken }]) => !needsToken).map(([name]) => name);
    expect(open.sort()).toEqual(["GetServerInfo", "Login", "Refresh", "Register"]);
    const afterwards = [...policies].filter(([, policy]) => policy.sessionMayBeOver).map(([name]) => name);
    expect(afterwards).toEqual(["Logout"]);
  });
});
