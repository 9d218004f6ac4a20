import { create } from "@bufbuild/protobuf";
import { type GetServerInfoResponse, GetServerInfoResponseSchema } from "@chat/proto/chat/v1/chat_service";
import packageJson from "../../package.json" with { type: "json" };
import { EDIT_MAX_MS, PINS_MAX, REACTIONS_MAX } from "../domain/permissions.ts";
import { MESSAGE_MAX_BYTES } from "../http/limits.ts";

/** What this server can do beyond the first release of the contract. */
const FEATURES = ["edit", "delete", "reactions", "pins", "rename", "account-removal"] as const;

/** Longest text of a message, in Unicode code points: the contract's rule. */
const TEXT_MAX_CODE_POINTS = 10_000;

/** What this server is and can do. */
export function getServerInfo(): GetServerInfoResponse {
  return create(GetServerInfoResponseSchema, {
    version: packageJson.version,
    features: [...FEATURES],
    limits: {
      textMaxCodePoints: TEXT_MAX_CODE_POINTS,
      requestMaxBytes: MESSAGE_MAX_BYTES,
      editMaxSeconds: EDIT_MAX_MS / 1_000,
      reactionsMax: REACTIONS_MAX,
      pinsMax: PINS_MAX,
    },
  });
}
