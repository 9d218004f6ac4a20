import type { DescMessage, MessageShape } from "@bufbuild/protobuf";
import { pathToString } from "@bufbuild/protobuf/reflect";
import { createValidator, type Violation } from "@bufbuild/protovalidate";
import { ChatError } from "../errors.ts";

const validator = createValidator();

/** Checks a request against the rules of its proto. @throws ChatError `invalid_argument` naming each field that breaks one. */
export function validate<Desc extends DescMessage>(schema: Desc, message: MessageShape<Desc>): void {
  const result = validator.validate(schema, message);
  if (result.kind === "valid") return;
  // A rule that can't be evaluated is a mistake of ours, not the caller's.
  if (result.kind === "error") throw result.error;
  const fields = result.violations.map(fieldViolation);
  const text = fields.map(({ field, description }) => `${field} ${description}`).join("; ");
  throw new ChatError("invalid_argument", `${text}.`, { details: { fields } });
}

/** "value must be at least 1 characters" → "must be at least 1 characters": the field's name stands beside it. */
function fieldViolation({ field, message, ruleId }: Violation): { field: string; description: string } {
  return {
    field: pathToString(field),
    description: DESCRIPTIONS[ruleId] ?? message.replace(/^value (?:must|does) ?/, "must "),
  };
}

// Words for people where the rule's own are about characters and expressions.
const DESCRIPTIONS: Readonly<Record<string, string>> = {
  "string.not_contains": "must not contain NUL characters",
  "string.uuid": "must be a UUID",
  "string.uuid_empty": "must be a UUID",
  "string.email": "must be an e-mail address",
  "string.email_empty": "must be an e-mail address",
};
