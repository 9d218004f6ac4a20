import { type DescField, type DescMessage, type JsonValue, ScalarType } from "@bufbuild/protobuf";
import { cutText } from "./cut-text.ts";

/** A field that is wrong, by its name in the proto, and why; never with its value. */
interface FieldFault {
  readonly field: string;
  readonly description: string;
}

/** What of a name that no field has is repeated to the caller, in UTF-16 units. */
const NAME_MAX_LENGTH = 64;

/** What is said of a name that no field has. */
export const NO_SUCH_FIELD = "is not a field of this request";

/** Faults that are told at once. */
const FAULTS_MAX = 10;

const WHOLE_NUMBER = /^(?:0|-?[1-9]\d*)$/;
const CONTROL_CHARACTERS = /\p{Cc}/gu;

/**
 * What is wrong with a request in JSON: fields that the message doesn't have, values of another type, words that an enum doesn't know, numbers written as
 * no decimal number. Generated readers take some of these in silence, and a mistyped filter then widens a query. Empty: nothing that this look finds.
 */
export function findJsonFaults(schema: DescMessage, value: JsonValue): readonly FieldFault[] {
  const faults: FieldFault[] = [];
  if (!isObject(value)) return faults; // for the reader to refuse
  lookAtMessage(schema, value, "", faults);
  return faults;
}

type JsonObject = Readonly<Record<string, JsonValue>>;

function lookAtMessage(schema: DescMessage, object: JsonObject, prefix: string, faults: FieldFault[]): void {
  for (const key of Object.keys(object)) {
    if (faults.length >= FAULTS_MAX) return;
    const field = schema.fields.find(({ name, jsonName }) => name === key || jsonName === key);
    const value = object[key];
    if (!field) {
      const name = cutText(key, NAME_MAX_LENGTH).replace(CONTROL_CHARACTERS, "");
      faults.push({ field: `${prefix}${name}`, description: NO_SUCH_FIELD });
    } else if (value !== null && value !== undefined) {
      lookAtField(field, value, `${prefix}${field.name}`, faults);
    }
  }
}

function lookAtField(field: DescField, value: JsonValue, path: string, faults: FieldFault[]): void {
  const description = faultOf(field, value, path, faults);
  if (description !== undefined) faults.push({ field: path, description });
}

function faultOf(field: DescField, value: JsonValue, path: string, faults: FieldFault[]): string | undefined {
  switch (field.fieldKind) {
    case "scalar":
      return scalarFault(field.scalar, value);
    case "enum": {
      if (typeof value === "number") return Number.isInteger(value) ? undefined : "must be a whole number or a word";
      const isKnown = field.enum.values.some(({ name }) => name === value);
      return isKnown ? undefined : `must be one of ${field.enum.values.map(({ name }) => name).join(", ")}`;
    }
    case "message":
      if (field.message.typeName.startsWith("google.protobuf.")) return wellKnownFault(field.message, value);
      if (!isObject(value)) return "must be an object";
      lookAtMessage(field.message, value, `${path}.`, faults);
      return undefined;
    case "list":
    case "map":
      return undefined; // no request has any; the reader checks them
  }
}

function scalarFault(type: ScalarType, value: JsonValue): string | undefined {
  switch (type) {
    case ScalarType.STRING:
      if (typeof value !== "string") return "must be a string";
      return value.isWellFormed() ? undefined : "must be valid Unicode";
    case ScalarType.BOOL:
      return typeof value === "boolean" ? undefined : "must be true or false";
    case ScalarType.BYTES:
    case ScalarType.DOUBLE:
    case ScalarType.FLOAT:
      return undefined; // for the reader to check
    default:
      return isWholeNumber(value) ? undefined : "must be a whole number";
  }
}

/** A number beyond 2^53 - 1 is refused: in JSON it has lost its last digits already. As a string it has not. */
function isWholeNumber(value: JsonValue): boolean {
  return typeof value === "string"
    ? WHOLE_NUMBER.test(value)
    : typeof value === "number" && Number.isSafeInteger(value);
}

function wellKnownFault({ typeName }: DescMessage, value: JsonValue): string | undefined {
  if (typeName !== "google.protobuf.Timestamp") return undefined;
  const isTime = typeof value === "string" && !Number.isNaN(Date.parse(value));
  return isTime ? undefined : "must be a time such as 2026-01-31T12:00:00Z";
}

function isObject(value: JsonValue): value is { [name: string]: JsonValue } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
