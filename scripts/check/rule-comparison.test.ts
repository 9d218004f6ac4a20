import { describe, expect, it } from "vitest";
import { type Image, stricterRules } from "./rule-comparison.ts";

type Field = NonNullable<NonNullable<Image["file"][number]["messageType"]>[number]["field"]>[number];
type Rules = NonNullable<Field["options"]>[string];

const field = (name: string, rules: Rules | undefined, more: Partial<Field> = {}): Field => ({
  name,
  type: "TYPE_STRING",
  label: "LABEL_OPTIONAL",
  ...(rules !== undefined && { options: { "[buf.validate.field]": rules } }),
  ...more,
});
const image = (...fields: Field[]): Image => ({
  file: [{ package: "chat.v1", messageType: [{ name: "SendRequest", field: fields }] }],
});
const changed = (before: Rules | undefined, now: Rules | undefined): string[] =>
  stricterRules(image(field("text", before)), image(field("text", now)));

describe("the comparison of rules", () => {
  it.each<[string, Rules | undefined, Rules]>([
    ["string.max_len", { string: { maxLen: "100" } }, { string: { maxLen: "99" } }],
    ["string.max_len", undefined, { string: { maxLen: "99" } }],
    ["string.min_len", { string: { minLen: "9" } }, { string: { minLen: "10" } }],
    ["string.pattern", { string: { pattern: "^[a-z]+$" } }, { string: { pattern: "^[a-m]+$" } }],
    ["string.uuid", { string: {} }, { string: { uuid: true } }],
    ["required", {}, { required: true }],
    ["required", { required: false }, { required: true }],
    ["ignore", { ignore: "IGNORE_IF_ZERO_VALUE", string: { uuid: true } }, { string: { uuid: true } }],
    ["uint64.lte", { uint64: { lte: "9007199254740991" } }, { uint64: { lte: "9007199254740990" } }],
    ["uint32.gt", { uint32: { gt: 0 } }, { uint32: { gt: 1 } }],
    ["duration.lt", { duration: { lt: "10s" } }, { duration: { lt: "9.5s" } }],
    ["string.in", { string: { in: ["a", "b"] } }, { string: { in: ["a"] } }],
    ["string.not_in", { string: { notIn: ["a"] } }, { string: { notIn: ["a", "b"] } }],
    [
      "repeated.items.string.max_len",
      { repeated: { items: { string: { maxLen: "9" } } } },
      { repeated: { items: { string: { maxLen: "8" } } } },
    ],
    ["cel text.blank", { cel: [] }, { cel: [{ id: "text.blank", expression: "this != ''" }] }],
    [
      "cel text.blank",
      { cel: [{ id: "text.blank", expression: "true" }] },
      { cel: [{ id: "text.blank", expression: "this != ''" }] },
    ],
  ])("names the field whose %s got stricter", (rule, before, now) => {
    expect(changed(before, now)).toEqual([expect.stringContaining(`chat.v1.SendRequest.text: ${rule} `)]);
  });

  it.each<[string, Rules, Rules | undefined]>([
    ["a larger max_len", { string: { maxLen: "99" } }, { string: { maxLen: "100" } }],
    ["no max_len", { string: { maxLen: "99" } }, { string: {} }],
    ["a smaller min_len", { string: { minLen: "10" } }, { string: { minLen: "9" } }],
    ["no pattern", { string: { pattern: "^a$" } }, undefined],
    [
      "the same rules in another order",
      { string: { minLen: "1", maxLen: "2" } },
      { string: { maxLen: "2", minLen: "1" } },
    ],
    ["no longer required", { required: true }, { required: false }],
    [
      "an unset value that is ignored",
      { string: { uuid: true } },
      { ignore: "IGNORE_IF_ZERO_VALUE", string: { uuid: true } },
    ],
    ["one more of a list", { string: { in: ["a"] } }, { string: { in: ["b", "a"] } }],
    ["one less that is refused", { string: { notIn: ["a", "b"] } }, { string: { notIn: ["b"] } }],
    [
      "other words of a refusal",
      { cel: [{ id: "a", message: "no", expression: "true" }] },
      { cel: [{ id: "a", message: "never", expression: "true" }] },
    ],
  ])("lets %s pass", (_what, before, now) => {
    expect(changed(before, now)).toEqual([]);
  });

  it("names a new field that clients which don't know it would be refused for", () => {
    const text = field("text", undefined);
    const added = (...fields: Field[]): string[] => stricterRules(image(text), image(text, ...fields));
    expect(added(field("client_id", { string: { uuid: true } }))).toEqual([
      "chat.v1.SendRequest.client_id: new, and string.uuid true refuses requests without it",
    ]);
    expect(added(field("to", { required: true }, { oneofIndex: 0 }))).toHaveLength(1);
    expect(added(field("files", { repeated: { minItems: "1" } }, { label: "LABEL_REPEATED" }))).toHaveLength(1);
    expect(added(field("seq", { uint64: { gt: "0" } }, { type: "TYPE_UINT64" }))).toHaveLength(1);
    expect(
      added(
        field("client_id", { ignore: "IGNORE_IF_ZERO_VALUE", string: { uuid: true } }),
        field("reply_to", { uint64: { gt: "0" } }, { type: "TYPE_UINT64", oneofIndex: 0 }),
        field("topic", { string: { maxLen: "9", pattern: "^[a-z]*$" } }),
        field(
          "files",
          { repeated: { maxItems: "9", items: { string: { minLen: "1" } } } },
          { label: "LABEL_REPEATED" },
        ),
      ),
    ).toEqual([]);
  });

  it("lets a message that is new as a whole have any rules", () => {
    expect(stricterRules({ file: [] }, image(field("text", { required: true })))).toEqual([]);
  });

  it("looks at messages within messages, and at the rules of a message and of a oneof", () => {
    const nested = (cel: string | undefined, required: boolean): Image => ({
      file: [
        {
          package: "chat.v1",
          messageType: [
            {
              name: "Outer",
              nestedType: [
                {
                  name: "Inner",
                  options: {
                    "[buf.validate.message]": { cel: cel === undefined ? [] : [{ id: "one", expression: cel }] },
                  },
                  oneofDecl: [{ name: "kind", options: { "[buf.validate.oneof]": { required } } }],
                },
              ],
            },
          ],
        },
      ],
    });
    expect(stricterRules(nested(undefined, false), nested("false", true))).toEqual([
      'chat.v1.Outer.Inner: cel one none → "false"',
      "chat.v1.Outer.Inner.kind: required false → true",
    ]);
  });

  it("lets a change pass that a person has judged", () => {
    const [line = ""] = changed({ string: { pattern: "^a$" } }, { string: { pattern: "^[ab]$" } });
    expect(line).toBe('chat.v1.SendRequest.text: string.pattern "^a$" → "^[ab]$"');
    const judged = new Set([line]);
    const pattern = (text: string) => image(field("text", { string: { pattern: text } }));
    expect(stricterRules(pattern("^a$"), pattern("^[ab]$"), judged)).toEqual([]);
    expect(stricterRules(pattern("^a$"), pattern("^[ac]$"), judged)).toHaveLength(1);
  });
});
