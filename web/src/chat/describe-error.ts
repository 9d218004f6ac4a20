import type { ClientErrorShape } from "@chat/client";

/** An error as forms and notices show it. `fields` maps the API's field names to what is wrong with them. */
export interface ShownError {
  readonly code: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, string>>;
}

/** Whatever was thrown, in words for people. Errors that are not the SDK's own show no detail. */
export function describeError(error: unknown): ShownError {
  if (!isClientError(error))
    return { code: "internal", message: "Something went wrong. Please try again.", fields: {} };
  const fields: Record<string, string> = {};
  for (const { field, description } of error.fields) fields[field] ??= fieldText(description);
  return { code: error.code, message: sentence(error.message), fields };
}

function isClientError(error: unknown): error is ClientErrorShape {
  return error instanceof Error && "code" in error && "fields" in error && Array.isArray(error.fields);
}

/** The rule of a pattern is for programs to read; the field's own hint says it in words. */
function fieldText(description: string): string {
  return /regex pattern/i.test(description) ? "This has not the form described below." : sentence(description);
}

/** "must be shorter" → "Must be shorter." */
function sentence(text: string): string {
  const trimmed = text.trim();
  if (trimmed === "") return "Something went wrong.";
  const capital = trimmed.charAt(0).toUpperCase() + trimmed.slice(1);
  return /[.!?…]$/.test(capital) ? capital : `${capital}.`;
}
