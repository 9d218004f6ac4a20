import { NAME_PATTERN } from "../domain/names.ts";
import { ChatError } from "../errors.ts";
import { tidyDisplayName, whyNotDisplayName } from "./display-name.ts";
import { isEmail } from "./email.ts";
import { PASSWORD_LENGTH } from "./password-policy.ts";
import { isReservedHandle } from "./reserved-handles.ts";

/** What somebody fills in to get an account. */
export interface Registration {
  readonly email: string;
  /** The handle. */
  readonly username: string;
  readonly password: string;
  /** The handle where it is empty. */
  readonly displayName?: string;
}

/** A registration that can be stored, apart from the password, which is for the policy to judge. */
export interface CheckedRegistration {
  readonly handle: string;
  readonly email: string;
  readonly displayName: string;
}

/** Trims and checks what was filled in. @throws ChatError `invalid_argument` with every field that is wrong. */
export function checkRegistration(input: Registration): CheckedRegistration {
  const email = input.email.trim();
  const displayName = tidyDisplayName(input.displayName ?? "");
  refuse([
    !isEmail(email) && { field: "email", description: "Not an e-mail address." },
    wrongHandle(input.username),
    wrongDisplayName(displayName),
  ]);
  return { handle: input.username, email, displayName };
}

/** Trims and checks a change of the profile. An empty display name becomes the handle. @throws ChatError `invalid_argument` with every field that is wrong. */
export function checkProfile(change: { username?: string | undefined; displayName?: string | undefined }): {
  handle: string | undefined;
  displayName: string | undefined;
} {
  const { username: handle } = change;
  const displayName = change.displayName === undefined ? undefined : tidyDisplayName(change.displayName);
  refuse([handle !== undefined && wrongHandle(handle), displayName !== undefined && wrongDisplayName(displayName)]);
  return { handle, displayName };
}

interface WrongField {
  readonly field: string;
  readonly description: string;
}

function wrongHandle(handle: string): WrongField | undefined {
  const field = "username";
  if (!NAME_PATTERN.test(handle)) {
    return { field, description: '2 to 32 characters: a to z, 0 to 9, "_" and "-", the first a letter or digit.' };
  }
  if (!isReservedHandle(handle)) return undefined;
  return { field, description: "This name, or one that looks like it, is reserved. Choose another one." };
}

function wrongDisplayName(displayName: string): WrongField | undefined {
  const description = displayName === "" ? undefined : whyNotDisplayName(displayName);
  return description === undefined ? undefined : { field: "display_name", description };
}

function refuse(found: readonly (WrongField | undefined | false)[]): void {
  const fields = found.filter((field) => field !== undefined && field !== false);
  const [first] = fields;
  if (!first) return;
  throw new ChatError("invalid_argument", `${first.field}: ${first.description}`, { details: { fields } });
}

/** Refuses what can be nobody's password before any work is spent on it. @throws ChatError `invalid_argument` */
export function checkPasswordLength(password: string): void {
  // A code point has at most two units.
  if (password.length > 0 && password.length <= 2 * PASSWORD_LENGTH.max) return;
  const description = password.length === 0 ? "Enter the password." : "The password is too long.";
  throw new ChatError("invalid_argument", description, { details: { fields: [{ field: "password", description }] } });
}
