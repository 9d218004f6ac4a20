import { create } from "@bufbuild/protobuf";
import { SendMessageRequestSchema } from "@chat/proto/chat/v1/chat_service";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isPlainMessage } from "./plain-message.ts";
import { validate } from "./validation.ts";

const UUID = "01890a5d-ac96-774b-bcce-b302099a8057";

/** Texts at and beyond the edges of every rule, and the ordinary in between. */
const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 80 }),
  fc.constantFrom("", " ", "\u00a0\u2003", "\0", "a\0", "\u200b", "😀", "x".repeat(10_000), "x".repeat(10_001)),
  fc.constantFrom("x".repeat(66), "x".repeat(67), "é".repeat(67), "@bob"),
);
const clientId = fc.oneof(
  fc.uuid(),
  fc.uuid().map((id) => id.toUpperCase()),
  fc.constantFrom("", UUID, UUID.slice(1), `${UUID} `, `${UUID}\n`, "00000000-0000-0000-0000-000000000000"),
);
const replyTo = fc.option(
  fc.oneof(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.constantFrom(2n ** 53n - 1n, 2n ** 53n)),
  { nil: undefined },
);

describe("a message that is plain", () => {
  it("is one that the validator lets pass, always", () => {
    let plain = 0;
    fc.assert(
      fc.property(text, text, clientId, replyTo, (to, body, id, reply) => {
        const request = create(SendMessageRequestSchema, {
          to,
          text: body,
          clientId: id,
          ...(reply !== undefined && { replyTo: reply }),
        });
        if (!isPlainMessage(request)) return;
        plain++;
        expect(() => validate(SendMessageRequestSchema, request)).not.toThrow();
      }),
      { numRuns: 6_000 },
    );
    expect(plain).toBeGreaterThan(100);
  });

  it("is what people write", () => {
    const request = { to: "@bob", text: "Grüß Gott, 你好!", clientId: UUID };
    expect(isPlainMessage(create(SendMessageRequestSchema, request))).toBe(true);
    expect(isPlainMessage(create(SendMessageRequestSchema, { ...request, replyTo: 4096n }))).toBe(true);
    expect(isPlainMessage(create(SendMessageRequestSchema, { ...request, text: " " }))).toBe(false);
  });
});
