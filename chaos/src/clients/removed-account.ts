import { ErrorInfoSchema } from "@chat/proto/google/rpc/error_details";
import { ConnectError } from "@connectrpc/connect";

/** Whether a server refused because the caller's account is gone. */
export function saysRemoved(error: unknown): boolean {
  return ConnectError.from(error)
    .findDetails(ErrorInfoSchema)
    .some(({ reason }) => reason === "ACCOUNT_REMOVED");
}
