// Imports nothing but types, so that it costs nothing where the SDK is not loaded yet: `@chat/client/describe-error`.
import type { ClientErrorCode, ClientErrorShape } from "./types.ts";

/** An error as forms and notices show it. */
export interface ShownError {
  readonly code: ClientErrorCode;
  /** A sentence for people. */
  readonly message: string;
  /** What is wrong with an input, by the API's field name. */
  readonly fields: Readonly<Record<string, string>>;
}

/** Anything thrown, in words for people. Errors that are not the SDK's own show no detail. */
export function describeError(error: unknown): ShownError {
  if (!isClientError(error)) {
    return { code: "internal", message: "Something went wrong. Please try again.", fields: {} };
  }
  const fields: Record<string, string> = {};
  for (const { field, description } of error.fields) fields[field] ??= fieldText(description);
  return { code: error.code, message: sentence(error.message), fields };
}

/** Whether the SDK threw it. Told by shape, so that this works before the SDK is loaded. */
export function isClientError(error: unknown): error is ClientErrorShape {
  return error instanceof Error && "code" in error && "fields" in error && Array.isArray(error.fields);
}

/** A pattern is for programs; the field's own hint says the rule in words. */
function fieldText(description: string): string {
  return /regex pattern/i.test(description) ? "Doesn't match the format described below." : sentence(description);
}

/** "must be shorter" → "Must be shorter." */
function sentence(text: string): string {
  const trimmed = text.trim();
  if (trimmed === "") return "Something went wrong.";
  const capital = trimmed.charAt(0).toUpperCase() + trimmed.slice(1);
  return /[.!?…]$/.test(capital) ? capital : `${capital}.`;
}
