import { NAME_PATTERN } from "../domain/address.ts";
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
  const wrongName = displayName === "" ? undefined : whyNotDisplayName(displayName);
  const wrong = [
    !isEmail(email) && { field: "email", description: "Not an e-mail address." },
    !NAME_PATTERN.test(input.username) && {
      field: "username",
      description: '2 to 32 characters: a to z, 0 to 9, "_" and "-", the first a letter or digit.',
    },
    isReservedHandle(input.username) && {
      field: "username",
      description: "This name, or one that looks like it, is reserved. Choose another one.",
    },
    wrongName !== undefined && { field: "display_name", description: wrongName },
  ].filter((field) => field !== false);
  const [first] = wrong;
  if (first)
    throw new ChatError("invalid_argument", `${first.field}: ${first.description}`, { details: { fields: wrong } });
  return { handle: input.username, email, displayName: displayName || input.username };
}

/** Refuses what can be nobody's password before any work is spent on it. @throws ChatError `invalid_argument` */
export function checkPasswordLength(password: string): void {
  // A code point has at most two units.
  if (password.length > 0 && password.length <= 2 * PASSWORD_LENGTH.max) return;
  const description = password.length === 0 ? "Enter the password." : "The password is too long.";
  throw new ChatError("invalid_argument", description, { details: { fields: [{ field: "password", description }] } });
}
