import { type DescField, type DescMessage, ScalarType } from "@bufbuild/protobuf";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { hostileText, type Plan, planOf, plausibleText, type Source, wholeNumber } from "./values.ts";

const DEPTH_MAX = 4;
/** Deeper than any decoder's own limit. */
const NESTING = 20_000;

/** A message of this type on the wire: in order, or broken in one of the ways that bytes can be broken. */
export function protobufOf(source: Source, desc: DescMessage, plan: Plan = planOf(source, desc)): Buffer {
  const { chance } = source;
  const bytes = message(source, desc, plan, 0);
  return plan.victim === undefined && chance.is(0.5) ? mutated(source, bytes, desc) : bytes;
}

function message(source: Source, desc: DescMessage, plan: Plan, depth: number): Buffer {
  const { chance } = source;
  const writer = new BinaryWriter();
  for (const field of desc.fields) {
    // Of a oneof the last one sent counts; several are valid.
    if (field !== plan.victim && chance.is(field.oneof ? 0.5 : 0.15)) continue;
    const times = field.fieldKind === "list" || chance.is(plan.wildness / 4) ? chance.int(1, 3) : 1;
    for (let time = 0; time < times; time++) {
      if (isWild(source, field, plan)) wildField(writer, source, field, depth);
      else plainField(writer, source, field, plan, depth);
    }
  }
  if (chance.is(plan.wildness)) writer.tag(chance.int(100, 536_870_911), WireType.Varint).int32(1); // no such field
  return Buffer.from(writer.finish());
}

function isWild({ chance }: Source, field: DescField, { victim, victimText, wildness }: Plan): boolean {
  if (victimText !== undefined) return false;
  // A text that is wrong is a matter of its bytes, more often than not.
  return field === victim ? chance.is(field.scalar === ScalarType.STRING ? 0.3 : 1) : chance.is(wildness);
}

function plainField(writer: BinaryWriter, source: Source, field: DescField, plan: Plan, depth: number): void {
  if (field.message) {
    if (depth < DEPTH_MAX)
      writer.tag(field.number, WireType.LengthDelimited).bytes(message(source, field.message, plan, depth + 1));
    return;
  }
  if (field.fieldKind === "map") return;
  if (field.enum) return void writer.tag(field.number, WireType.Varint).int32(source.chance.int(-1, 5));
  const number = BigInt(wholeNumber(source));
  switch (field.scalar) {
    case ScalarType.STRING:
      return void writer.tag(field.number, WireType.LengthDelimited).bytes(textBytes(source, field, plan));
    case ScalarType.BYTES:
      return void writer
        .tag(field.number, WireType.LengthDelimited)
        .bytes(source.chance.bytes(source.chance.int(0, 64)));
    case ScalarType.DOUBLE:
    case ScalarType.FIXED64:
    case ScalarType.SFIXED64:
      return void writer.tag(field.number, WireType.Bit64).fixed64(BigInt.asUintN(64, number));
    case ScalarType.FLOAT:
    case ScalarType.FIXED32:
    case ScalarType.SFIXED32:
      return void writer.tag(field.number, WireType.Bit32).fixed32(Number(BigInt.asUintN(32, number)));
    default:
      return void writer.tag(field.number, WireType.Varint).uint64(BigInt.asUintN(64, number));
  }
}

function textBytes(source: Source, field: DescField, { victim, victimText, hostility }: Plan): Buffer {
  const { chance } = source;
  if (field === victim && victimText !== undefined) return Buffer.from(victimText);
  if (field !== victim && !chance.is(hostility)) return Buffer.from(plausibleText(source, field));
  if (chance.is(0.7)) return Buffer.from(hostileText(source));
  // Not UTF-8: a surrogate, an overlong slash, a start without an end, bytes above all code points.
  return Buffer.from(chance.pick(["eda080", "c0af", "f09f98", "f8888080", "ff", "80"]), "hex");
}

function wildField(writer: BinaryWriter, source: Source, field: DescField, depth: number): void {
  const { chance } = source;
  switch (chance.int(0, 6)) {
    case 0: // a varint that has no end within ten bytes
      return void writer.tag(field.number, WireType.Varint).raw(Buffer.alloc(chance.int(10, 40), 0xff));
    case 1: // a length beyond the end
      return void writer
        .tag(field.number, WireType.LengthDelimited)
        .uint32(chance.pick([1, 200, 0x7fffffff, 0xffffffff]));
    case 2: // a group that is never closed, or was never opened
      return void writer.tag(field.number, chance.pick([WireType.StartGroup, WireType.EndGroup]));
    case 3: // another type than the field's
      return void writer.tag(field.number, chance.pick([WireType.Varint, WireType.Bit32, WireType.Bit64])).fixed64(1n);
    case 4: // wire types 6 and 7, which are none
      return void writer.uint32((field.number << 3) | chance.pick([6, 7]));
    case 5:
      return void writer.raw(nested(field.number, depth === 0 ? chance.pick([101, NESTING]) : 101));
    default:
      return void writer.tag(field.number, WireType.LengthDelimited).bytes(chance.bytes(chance.int(0, 40)));
  }
}

/** Groups in groups: two bytes a level. */
function nested(number: number, levels: number): Buffer {
  const tag = new BinaryWriter().tag(number, WireType.StartGroup).finish();
  return Buffer.concat(Array.from({ length: levels }, () => tag));
}

function mutated({ chance }: Source, bytes: Buffer, desc: DescMessage): Buffer {
  const at = chance.int(0, bytes.length);
  switch (chance.int(0, 5)) {
    case 0:
      return bytes.subarray(0, at);
    case 1: {
      const copy = Buffer.from(bytes);
      const index = Math.min(at, copy.length - 1);
      if (index >= 0) copy[index] = (copy[index] ?? 0) ^ (1 << chance.int(0, 7));
      return copy;
    }
    case 2:
      return Buffer.concat([bytes.subarray(0, at), chance.bytes(chance.int(1, 16)), bytes.subarray(at)]);
    case 3:
      return Buffer.concat([bytes, bytes]);
    case 4:
      return nested(desc.fields[0]?.number ?? 1, chance.pick([99, 101, NESTING]));
    default:
      return chance.bytes(chance.int(0, 300));
  }
}
