import { log, password, text } from "@clack/prompts";
import type { ClientErrorShape } from "@chat/client";
import { NAME_RULE, parseHandle } from "@chat/client/address";
import { CommandError, EXIT } from "../exit-code.ts";
import { visibleLine } from "../visible-text.ts";
import { ask, CANCELLED, type PromptContext } from "./prompt.ts";

/** The server's rule on length, in code points; it also refuses common passwords. */
const PASSWORD_LENGTH = { min: 8, max: 256 } as const;
const PASSWORD_RULE = `at least ${PASSWORD_LENGTH.min} characters, no common one`;

/** What signing in needs. */
export interface LoginInput {
  readonly login: string;
  readonly password: string;
}

/** What an account needs; the name is shown to others and may be left out. */
export interface RegistrationInput {
  readonly email: string;
  readonly username: string;
  readonly password: string;
  readonly displayName?: string;
}

/** What was given already: only the rest is asked for. */
export type Given<Input> = { readonly [Name in keyof Input]?: Input[Name] | undefined };

/** Asks for what is missing. @throws CommandError (interrupted) when the person cancels. */
export async function askLogin(context: PromptContext, given: Given<LoginInput>): Promise<LoginInput> {
  const login = given.login ?? (await askText(context, "Handle or e-mail"));
  return { login, password: given.password ?? (await askPassword(context, "Password")) };
}

/**
 * As {@link askLogin}, for a new account. After a refusal `wrong` says which fields the server did not like: its words
 * stand beside those questions, and what was given for them is asked again.
 */
export async function askRegistration(
  context: PromptContext,
  given: Given<RegistrationInput>,
  wrong: ClientErrorShape["fields"] = [],
): Promise<RegistrationInput> {
  const question = (label: string, ...names: readonly string[]) => {
    const found = wrong.find(({ field }) => names.includes(field));
    return found === undefined ? label : `${label} - ${visibleLine(found.description)}`;
  };
  const good = <Value>(value: Value | undefined, ...names: readonly string[]) =>
    wrong.some(({ field }) => names.includes(field)) ? undefined : value;
  const username =
    good(given.username, "username") ??
    (await askText(context, question("Handle (how others address you)", "username"), {
      start: given.username,
      check: (typed) => (parseHandle(typed) === undefined ? `${NAME_RULE}.` : undefined),
    }));
  const email =
    good(given.email, "email") ??
    (await askText(context, question("E-mail", "email"), {
      start: given.email,
      check: (typed) => (/^\S+@\S+$/u.test(typed) ? undefined : "An address such as ada@example.com."),
    }));
  const secret =
    good(given.password, "password") ??
    (await askNewPassword(context, question(`Password (${PASSWORD_RULE})`, "password")));
  const displayName =
    good(given.displayName, ...DISPLAY_NAME) ??
    (await askName(context, question("Name shown to others (optional)", ...DISPLAY_NAME)));
  return { username, email, password: secret, ...(displayName === "" ? {} : { displayName }) };
}

const DISPLAY_NAME = ["display_name", "displayName"] as const;

/** `check` says what is wrong with an answer, as soon as it is given. */
async function askText(
  context: PromptContext,
  message: string,
  options: { start?: string | undefined; check?: (typed: string) => string | undefined } = {},
): Promise<string> {
  const validate = (value: string | undefined) => {
    const typed = value?.trim() ?? "";
    return typed === "" ? "Please type something." : options.check?.(typed);
  };
  const start = options.start === undefined ? {} : { initialValue: options.start };
  return answered(await ask(context, (streams) => text({ ...streams, message, validate, ...start }))).trim();
}

async function askName(context: PromptContext, message: string): Promise<string> {
  return answered(await ask(context, (streams) => text({ ...streams, message, defaultValue: "" }))).trim();
}

async function askPassword(context: PromptContext, message: string, shortest = 1): Promise<string> {
  const validate = (value: string | undefined) => {
    if (!value) return "Please type a password.";
    const length = [...value].length;
    if (length < shortest) return `At least ${shortest} characters; these are ${length}.`;
    return length > PASSWORD_LENGTH.max ? `At most ${PASSWORD_LENGTH.max} characters.` : undefined;
  };
  return answered(await ask(context, (streams) => password({ ...streams, message, validate })));
}

/** Twice, for no one sees what they type; where the two differ, both again. */
async function askNewPassword(context: PromptContext, message: string): Promise<string> {
  for (;;) {
    const first = await askPassword(context, message, PASSWORD_LENGTH.min);
    if ((await askPassword(context, "Password once more")) === first) return first;
    log.warn("These were two different passwords.", { output: context.output });
  }
}

function answered(answer: string | typeof CANCELLED): string {
  if (answer === CANCELLED) throw new CommandError(EXIT.interrupted, "Cancelled.");
  return answer;
}
