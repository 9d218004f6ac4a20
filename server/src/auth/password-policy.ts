import { ChatError } from "../errors.ts";
import { emailKey } from "./email.ts";

/** Shortest and longest password, in Unicode code points (ASVS 5.0, 6.2.1 and 6.2.9). */
export const PASSWORD_LENGTH = { min: 8, max: 256 } as const;

/** Says which passwords people may choose. */
export interface PasswordPolicy {
  /**
   * Passes without a word, or says what is wrong with the field `password`. No rules about kinds of characters (ASVS 5.0, 6.2.5).
   * @throws ChatError `invalid_argument`
   */
  check(password: string, owner: { handle: string; email: string }): Promise<void>;
}

/**
 * @param options.loadCommon the passwords that everybody tries first, in lower case. By default the 50,000 of `@zxcvbn-ts/language-common`
 *   (ASVS 5.0, 6.2.4 asks for 3,000), loaded when the first one is checked and kept for as long as they fit the rules on length.
 */
export function createPasswordPolicy(options: { loadCommon?: () => Promise<Iterable<string>> } = {}): PasswordPolicy {
  const load = options.loadCommon ?? loadCommonPasswords;
  let common: Promise<ReadonlySet<string>> | undefined;

  return {
    async check(password, owner) {
      // Code points, like the contract's rule.
      const length = [...password].length;
      if (length < PASSWORD_LENGTH.min) throw refusal(`Use at least ${PASSWORD_LENGTH.min} characters.`);
      if (length > PASSWORD_LENGTH.max) throw refusal(`Use at most ${PASSWORD_LENGTH.max} characters.`);
      if (password.includes("\0")) throw refusal("The password contains a NUL character.");

      const plain = password.normalize("NFC").trim().toLowerCase();
      const email = emailKey(owner.email);
      if ([owner.handle, email, email.split("@")[0]].includes(plain)) {
        throw refusal("The password is the name or the e-mail address.");
      }
      common ??= load().then((passwords) => new Set(passwords));
      let known: ReadonlySet<string>;
      try {
        known = await common;
      } catch (cause) {
        common = undefined;
        throw new ChatError("internal", "The list of common passwords can't be loaded.", { cause });
      }
      if (known.has(plain)) throw refusal("This password is one of the first that attackers try.");
    },
  };
}

async function loadCommonPasswords(): Promise<Iterable<string>> {
  const { dictionary } = await import("@zxcvbn-ts/language-common");
  return dictionary["passwords-common"].filter((password) => password.length >= PASSWORD_LENGTH.min);
}

function refusal(description: string): ChatError {
  return new ChatError("invalid_argument", description, { details: { fields: [{ field: "password", description }] } });
}
