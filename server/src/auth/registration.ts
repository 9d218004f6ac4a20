import { NAME_PATTERN } from "../domain/names.ts";
import { ChatError } from "../errors.ts";
import { isEmail } from "./email.ts";
import { PASSWORD_LENGTH } from "./password-policy.ts";

/** Longest display name, in Unicode code points. */
export const DISPLAY_NAME_MAX_LENGTH = 64;

const WRONG_HANDLE = {
  field: "username",
  description: '2 to 32 characters: a to z, 0 to 9, "_" and "-", the first a letter or digit.',
} as const;

const WRONG_DISPLAY_NAME = {
  field: "display_name",
  description: `At most ${DISPLAY_NAME_MAX_LENGTH} characters, none of them a control character.`,
} as const;

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
  const displayName = (input.displayName ?? "").normalize("NFC").trim();
  const wrong = [
    !isEmail(email) && { field: "email", description: "Not an e-mail address." },
    !NAME_PATTERN.test(input.username) && WRONG_HANDLE,
    !isDisplayName(displayName) && WRONG_DISPLAY_NAME,
  ].filter((field) => field !== false);
  const [first] = wrong;
  if (first)
    throw new ChatError("invalid_argument", `${first.field}: ${first.description}`, { details: { fields: wrong } });
  return { handle: input.username, email, displayName: displayName || input.username };
}

/** Trims and checks a change of the profile. An empty display name becomes the handle. @throws ChatError `invalid_argument` with every field that is wrong. */
export function checkProfile(change: { username?: string | undefined; displayName?: string | undefined }): {
  handle: string | undefined;
  displayName: string | undefined;
} {
  const displayName = change.displayName?.normalize("NFC").trim();
  const wrong = [
    change.username !== undefined && !NAME_PATTERN.test(change.username) && WRONG_HANDLE,
    displayName !== undefined && !isDisplayName(displayName) && WRONG_DISPLAY_NAME,
  ].filter((field) => field !== false);
  const [first] = wrong;
  if (first)
    throw new ChatError("invalid_argument", `${first.field}: ${first.description}`, { details: { fields: wrong } });
  return { handle: change.username, displayName };
}

/** Refuses what can be nobody's password before any work is spent on it. @throws ChatError `invalid_argument` */
export function checkPasswordLength(password: string): void {
  // A code point has at most two units.
  if (password.length > 0 && password.length <= 2 * PASSWORD_LENGTH.max) return;
  const description = password.length === 0 ? "Enter the password." : "The password is too long.";
  throw new ChatError("invalid_argument", description, { details: { fields: [{ field: "password", description }] } });
}

function isDisplayName(name: string): boolean {
  return name.isWellFormed() && [...name].length <= DISPLAY_NAME_MAX_LENGTH && !/\p{Cc}/u.test(name);
}
