import { defineCommand } from "../command.ts";
import { usageError } from "../exit-code.ts";
import { userJson } from "../json-shapes.ts";
import { givenPassword, PASSWORD_OPTIONS, passwordMissing } from "../password-source.ts";
import { rememberServer } from "../remember-server.ts";
import { settledSession } from "../session.ts";

/** Makes an account and signs in. */
export const register = defineCommand({
  name: "register",
  summary: "Make an account and sign in",
  arguments: [],
  options: {
    user: { type: "string", short: "u", placeholder: "HANDLE", summary: "The handle: 2 to 32 of a-z, 0-9, _ and -" },
    email: { type: "string", placeholder: "ADDRESS", summary: "E-mail address" },
    name: { type: "string", placeholder: "TEXT", summary: "Name shown to others" },
    ...PASSWORD_OPTIONS,
  },
  examples: ["chat register", "chat register --user ada --email ada@example.com --password-file ./secret"],
  async run(context) {
    const { interactive, print, values } = context;
    const password = (await givenPassword(context)) || undefined;
    const { user: username, email } = values;
    if (!interactive && username === undefined) throw usageError("Which handle? Give --user HANDLE.");
    if (!interactive && email === undefined) throw usageError("Which e-mail address? Give --email ADDRESS.");
    if (!interactive && password === undefined) throw passwordMissing();
    const client = await context.open();
    await settledSession(client, context.signal);
    const displayName = values.name;
    const prompts = await import("../talk/account-prompts.ts");
    const input = interactive
      ? await prompts.askRegistration(context, { username, email, password, displayName })
      : { username: username ?? "", email: email ?? "", password: password ?? "" };
    const user = await client.session.register({
      ...input,
      ...(displayName === undefined ? {} : { displayName }),
      remember: true,
    });
    await rememberServer(context);
    if (print.asJson) print.json(userJson(user));
    else print.line(`Welcome, @${user.handle}. You are signed in at ${context.target.url}`);
  },
});
