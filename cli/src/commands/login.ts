import { defineCommand } from "../command.ts";
import { usageError } from "../exit-code.ts";
import { userJson } from "../json-shapes.ts";
import { givenPassword, PASSWORD_OPTIONS, passwordMissing } from "../password-source.ts";
import { settledSession } from "../session.ts";
import { rememberServer } from "../remember-server.ts";

/** Signs in and keeps the session in the profile. */
export const login = defineCommand({
  name: "login",
  summary: "Sign in and stay signed in",
  arguments: [],
  options: {
    user: { type: "string", short: "u", placeholder: "NAME", summary: "Handle or e-mail address" },
    ...PASSWORD_OPTIONS,
  },
  examples: [
    "chat login",
    "chat login --user ada --password-file ./secret",
    "pass show chat | chat login --user ada --password-stdin",
  ],
  async run(context) {
    const { interactive, print, values } = context;
    const given = (await givenPassword(context)) || undefined;
    if (!interactive && values.user === undefined) throw usageError("Whom to sign in? Give --user NAME.");
    if (!interactive && given === undefined) throw passwordMissing();
    const client = await context.open();
    await settledSession(client, context.signal);
    const prompts = await import("../talk/account-prompts.ts");
    const input = interactive
      ? await prompts.askLogin(context, { login: values.user, password: given })
      : { login: values.user ?? "", password: given ?? "" };
    const user = await client.session.login({ ...input, remember: true });
    await rememberServer(context);
    if (print.asJson) print.json(userJson(user));
    else print.line(`Signed in as @${user.handle} at ${context.target.url}`);
  },
});
