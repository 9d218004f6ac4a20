import { log, select } from "@clack/prompts";
import type { ChatClient, ChatUser, ClientErrorShape } from "@chat/client";
import type { CommandContext } from "../command.ts";
import { isClientError } from "@chat/client/describe-error";
import { CommandError, describeError, EXIT } from "../exit-code.ts";
import { rememberServer } from "../remember-server.ts";
import { askLogin, askRegistration, type Given, type LoginInput, type RegistrationInput } from "./account-prompts.ts";
import { ask, CANCELLED, type PromptContext } from "./prompt.ts";

/** What signing in needs. */
export type SignInContext = PromptContext & Pick<CommandContext, "profile" | "target">;

/** Asks until somebody is signed in. @throws CommandError (interrupted) when the person cancels. */
export async function signIn(context: SignInContext, client: ChatClient): Promise<ChatUser> {
  for (;;) {
    const choice = await ask(context, (streams) =>
      select({
        ...streams,
        message: `You are not signed in at ${context.target.url}`,
        options: [
          { value: "login", label: "Sign in" },
          { value: "register", label: "Make an account" },
          { value: "quit", label: "Quit" },
        ],
      }),
    );
    if (choice === CANCELLED || choice === "quit") throw new CommandError(EXIT.interrupted, "Not signed in.");
    const user = choice === "login" ? await login(context, client) : await register(context, client);
    if (user === undefined) continue;
    await rememberServer(context);
    return user;
  }
}

/** Until it works. Undefined where asking again is no use now. */
async function login(context: SignInContext, client: ChatClient): Promise<ChatUser | undefined> {
  const given: Given<LoginInput> = {};
  for (;;) {
    const input = await askLogin(context, given);
    try {
      return await client.session.login({ ...input, remember: true });
    } catch (error) {
      if (!tellRefusal(context, error)) return undefined;
    }
  }
}

async function register(context: SignInContext, client: ChatClient): Promise<ChatUser | undefined> {
  let given: Given<RegistrationInput> = {};
  let wrong: ClientErrorShape["fields"] = [];
  for (;;) {
    const input = await askRegistration(context, given, wrong);
    try {
      return await client.session.register({ ...input, remember: true });
    } catch (error) {
      if (!tellRefusal(context, error)) return undefined;
      given = { displayName: "", ...input };
      wrong = isClientError(error) ? error.fields : [];
      // Nothing tells which answer was wrong: all are asked again.
      if (wrong.length === 0) given = {};
    }
  }
}

/** Says what went wrong. False where other answers would not help. @throws what is no refusal */
function tellRefusal({ output }: PromptContext, error: unknown): boolean {
  if (!isClientError(error)) throw error;
  log.error(describeError(error), { output });
  return (
    error.code === "unauthenticated" ||
    error.code === "invalid_argument" ||
    error.code === "already_exists" ||
    error.code === "not_found"
  );
}
