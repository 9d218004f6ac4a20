import { Code, ConnectError, type Interceptor } from "@connectrpc/connect";
import { ErrorInfoSchema } from "@chat/proto/google/rpc/error_details";
import type { World } from "../world/world.ts";

/** What a server never answers. */
const NEVER: ReadonlySet<Code> = new Set([Code.Internal, Code.Unknown, Code.DataLoss, Code.Unimplemented]);

/** Of a client_id, at its end: enough to find it again. */
const CLIENT_ID_SHOWN = 6;

/** Writes down each call and what came of it. */
export function createTracer(world: World, name: string, report: (text: string) => void): Interceptor {
  return (next) => async (request) => {
    const { clientId = "", to = "" } = (request.stream ? {} : request.message) as { clientId?: string; to?: string };
    const call = [request.method.name, to, clientId.slice(-CLIENT_ID_SHOWN)].filter((part) => part !== "").join(" ");
    try {
      const response = await next(request);
      const { duplicate, message } = (response.stream ? {} : response.message) as {
        duplicate?: boolean;
        message?: { seq: bigint };
      };
      world.reached(`answered: ${request.method.name}`);
      if (duplicate) world.reached("a repeat is answered with what the first call came to");
      world.note(`${name}: ${call}${message ? ` at ${message.seq}` : ""}${duplicate ? ", was done before" : ""}`);
      return response;
    } catch (error) {
      const failure = ConnectError.from(error);
      const code = Code[failure.code];
      const [info] = failure.findDetails(ErrorInfoSchema);
      world.reached(`refused: ${info?.reason ?? code}`);
      if (NEVER.has(failure.code)) report(`${name}: ${call} is answered ${code}: ${failure.rawMessage}`);
      world.note(`${name}: ${call} fails: ${code} ${info?.reason ?? ""} ${failure.rawMessage}`);
      throw error;
    }
  };
}
