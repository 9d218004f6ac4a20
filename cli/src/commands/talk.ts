import { parseAddress } from "../address.ts";
import { defineCommand } from "../command.ts";
import { usageError } from "../exit-code.ts";

/** Signs in if need be, then talks: the command that runs where none is named. */
export const talk = defineCommand({
  name: "talk",
  summary: "Talk live; what plain chat does",
  arguments: [{ name: "ADDRESS", summary: "@handle or '#room'; without it you pick", required: false }],
  options: {},
  examples: ["chat", "chat @ada", "chat '#general'"],
  async run(context) {
    const given = context.positionals[0];
    const address = given === undefined ? undefined : parseAddress(given);
    if (context.dumbTerminal && address === undefined) {
      throw usageError("This terminal can show no list: say whom to talk to, chat @handle or chat '#room'.");
    }
    if (!context.interactive && !context.dumbTerminal) {
      throw usageError(
        "Talking needs a terminal. Scripts use: chat send ADDRESS -m TEXT, chat tail ADDRESS --follow, chat read ADDRESS",
      );
    }
    // Prompts and drawing are loaded only where somebody looks.
    const { runTalk } = await import("../talk/run-talk.ts");
    await runTalk(context, address);
  },
});
