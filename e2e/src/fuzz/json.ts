import { type DescField, type DescMessage, ScalarType } from "@bufbuild/protobuf";
import { canaryOf, numberCanaryOf } from "./canary.ts";
import { hostileText, type Plan, planOf, plausibleText, type Source, wholeNumber } from "./values.ts";

const DEPTH_MAX = 4;

/** A message of this type as JSON: in order, or broken in one of the ways that JSON can be broken. */
export function jsonOf(source: Source, desc: DescMessage, plan: Plan = planOf(source, desc)): Buffer {
  const { chance } = source;
  const text = message(source, desc, plan, 0);
  return plan.victim === undefined && chance.is(0.4) ? mutated(source, text) : Buffer.from(text);
}

function message(source: Source, desc: DescMessage, plan: Plan, depth: number): string {
  const { chance } = source;
  const members: string[] = [];
  for (const field of desc.fields) {
    if (field !== plan.victim && chance.is(field.oneof ? 0.6 : 0.15)) continue;
    const name = chance.is(0.2) ? field.name : field.jsonName;
    const times = chance.is(plan.wildness / 3) ? 2 : 1; // a name that is there twice
    for (let time = 0; time < times; time++)
      members.push(`${JSON.stringify(name)}:${value(source, field, plan, depth)}`);
  }
  if (chance.is(plan.wildness)) {
    const name = chance.pick(["__proto__", "constructor", "nothing", "\ud800", canaryOf(source.input), "@type", ""]);
    members.push(`${JSON.stringify(name)}:${anything(source)}`);
  }
  return `{${members.join(",")}}`;
}

function value(source: Source, field: DescField, plan: Plan, depth: number): string {
  const { chance } = source;
  if (field === plan.victim && plan.victimText !== undefined) return JSON.stringify(plan.victimText);
  if (field === plan.victim) return chance.is(0.5) ? JSON.stringify(hostileText(source)) : anything(source);
  if (chance.is(plan.wildness)) return anything(source);
  const single = (): string => {
    if (field.message) return depth < DEPTH_MAX ? message(source, field.message, plan, depth + 1) : "{}";
    if (field.enum) {
      const names = field.enum.values.map(({ name }) => name);
      return JSON.stringify(
        chance.is(1 - plan.hostility) ? chance.pick(names) : chance.pick(["NO_SUCH_WORD", -1, 99, "\ud800"]),
      );
    }
    switch (field.fieldKind === "map" ? undefined : field.scalar) {
      case ScalarType.STRING:
        return JSON.stringify(chance.is(plan.hostility) ? hostileText(source) : plausibleText(source, field));
      case ScalarType.BOOL:
        return chance.pick(["true", "false"]);
      case ScalarType.BYTES:
        return JSON.stringify(chance.pick(["AAAA", "not base64!", "====", ""]));
      case undefined:
        return "{}";
      default:
        if (chance.is(plan.hostility / 2)) return JSON.stringify(hostileText(source));
        return chance.is(0.5) ? wholeNumber(source) : `"${wholeNumber(source)}"`;
    }
  };
  return field.fieldKind === "list" ? `[${Array.from({ length: chance.int(0, 3) }, single).join(",")}]` : single();
}

/** A value of any type but, mostly, the right one. */
function anything(source: Source): string {
  const { chance, input } = source;
  return chance.pick([
    "null",
    "true",
    "[]",
    "{}",
    "[[1],{}]",
    "1.5",
    "-0",
    "1e400",
    "NaN",
    "9".repeat(400),
    numberCanaryOf(input),
    '"\\ud800"',
    '"\\udfff\\ud800"',
    JSON.stringify(canaryOf(input)),
    JSON.stringify(hostileText(source)),
    `"0x10"`,
    `{"a":${numberCanaryOf(input)}}`,
    "[".repeat(200) + "]".repeat(200),
  ]);
}

function mutated({ chance, input }: Source, text: string): Buffer {
  const bytes = Buffer.from(text);
  const at = chance.int(0, bytes.length);
  switch (chance.int(0, 7)) {
    case 0:
      return bytes.subarray(0, at);
    case 1:
      return Buffer.concat([bytes.subarray(0, at), chance.bytes(chance.int(1, 8)), bytes.subarray(at)]);
    case 2: // deep
      return Buffer.from(chance.pick(["[", '{"a":']).repeat(chance.pick([100, 5_000, 30_000])));
    case 3:
      return Buffer.concat([Buffer.from("\ufeff"), bytes]);
    case 4:
      return Buffer.from(text, "utf16le");
    case 5:
      return Buffer.from(`${text}${canaryOf(input)}`);
    case 6: // no object
      return Buffer.from(chance.pick(["", "null", "[]", '"\\ud800"', "1", canaryOf(input), "{", "\u0000"]));
    default: // not UTF-8
      return Buffer.concat([bytes.subarray(0, at), Buffer.from("eda080ff", "hex"), bytes.subarray(at)]);
  }
}
