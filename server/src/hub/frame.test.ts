import { Cause } from "@chat/proto/chat/v1/chat_service";
import { expect, it } from "vitest";
import type { Kind } from "../domain/kind-rules.ts";
import { KINDS } from "../domain/kinds.ts";
import { causeOf } from "./frame.ts";

it("tells each kind of event by a cause of its own", () => {
  const causes = (Object.keys(KINDS) as Kind[]).map(causeOf);
  expect(causeOf("roomChanged")).toBe(Cause.ROOM_CHANGED);
  expect(causes).not.toContain(Cause.UNSPECIFIED);
  expect(new Set(causes).size).toBe(causes.length);
});
