import { password, text } from "@clack/prompts";
import type { ClientErrorShape } from "@chat/client";
import { CommandError, EXIT } from "../exit-code.ts";
import { visibleLine } from "../visible-text.ts";
import { ask, CANCELLED, type PromptContext } from "./prompt.ts";

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
 * stand beside those questions, and what was given for them is asked anew.
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
    (await askText(
      context,
      question("Handle (how others address you, cannot be changed)", "username"),
      given.username,
    ));
  const email = good(given.email, "email") ?? (await askText(context, question("E-mail", "email"), given.email));
  const secret = good(given.password, "password") ?? (await askNewPassword(context, question("Password", "password")));
  const displayName =
    good(given.displayName, ...DISPLAY_NAME) ??
    (await askName(context, question("Name shown to others (optional)", ...DISPLAY_NAME)));
  return { username, email, password: secret, ...(displayName === "" ? {} : { displayName }) };
}

const DISPLAY_NAME = ["display_name", "displayName"] as const;

async function askText(context: PromptContext, message: string, initialValue?: string): Promise<string> {
  const validate = (value: string | undefined) => (value?.trim() ? undefined : "Please type something.");
  const start = initialValue === undefined ? {} : { initialValue };
  return answered(await ask(context, (streams) => text({ ...streams, message, validate, ...start }))).trim();
}

async function askName(context: PromptContext, message: string): Promise<string> {
  return answered(await ask(context, (streams) => text({ ...streams, message, defaultValue: "" }))).trim();
}

async function askPassword(context: PromptContext, message: string): Promise<string> {
  const validate = (value: string | undefined) => (value ? undefined : "Please type a password.");
  return answered(await ask(context, (streams) => password({ ...streams, message, validate })));
}

/** Twice, for nobody sees what they type. */
async function askNewPassword(context: PromptContext, message: string): Promise<string> {
  const first = await askPassword(context, message);
  const validate = (value: string | undefined) => (value === first ? undefined : "That is not the same password.");
  await ask(context, (streams) =>
    password({ ...streams, message: "Password once more", validate, clearOnError: true }),
  ).then(answered);
  return first;
}

function answered(answer: string | typeof CANCELLED): string {
  if (answer === CANCELLED) throw new CommandError(EXIT.interrupted, "Cancelled.");
  return answer;
}
