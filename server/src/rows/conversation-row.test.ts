import { fromBinary } from "@bufbuild/protobuf";
import { ConversationSchema } from "@chat/proto/chat/v1/conversation";
import { describe, expect, it } from "vitest";
import type { ConversationRow } from "../domain/rows.ts";
import { decodeConversationRow, encodeConversation, encodeConversationRow } from "./conversation-row.ts";

const ROOM: ConversationRow = {
  ...{ id: "8192", kind: "room", name: "garden", title: "", topic: "What grows", people: [], creator: 4096 },
  createdAt: 1_700_000_000_123,
};
const DIRECT: ConversationRow = {
  ...{ id: "4096-4097", kind: "direct", name: "", title: "", topic: "", people: [4096, 4097], creator: 0 },
  createdAt: 1_700_000_000_000,
};

describe("the row of a conversation", () => {
  it.each([ROOM, DIRECT])("is stored as it is: $kind", (row) => {
    expect(decodeConversationRow(encodeConversationRow(row))).toStrictEqual(row);
  });

  it("shows a room without a title by its name, and with the version", () => {
    const shown = fromBinary(ConversationSchema, encodeConversation(ROOM, 9000));
    expect(shown).toMatchObject({ title: "garden", name: "garden", topic: "What grows", version: 9000n });
  });
});
