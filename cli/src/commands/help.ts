import { defineCommand, type Command } from "../command.ts";
import { usageError } from "../exit-code.ts";
import { commandHelp, programHelp } from "../help.ts";
import { jsonShapes } from "../json-shapes.ts";
import { talkHelp } from "../slash-line.ts";

/** Pages that explain something else than a command. */
export const HELP_TOPICS = ["json", "talk"] as const;

/** Shows the list of commands, or one of them. */
export function createHelp(commands: () => readonly Command[]): Command {
  return defineCommand({
    name: "help",
    summary: "Show this list, or one command",
    arguments: [
      {
        name: "COMMAND",
        summary: "The command to explain; json: what --json prints; talk: the slash commands",
        required: false,
      },
    ],
    options: {},
    async run({ positionals, print }) {
      const name = positionals[0];
      if (name === undefined) return print.help(programHelp(commands(), print.style));
      if (name === "json") return print.line(jsonShapes((await import("@chat/client/cause")).CAUSES).join("\n"));
      if (name === "talk") return print.line(talkHelp(commands()).join("\n"));
      const command = commands().find((candidate) => candidate.name === name);
      if (command === undefined) throw usageError(`There is no command "${name}". "chat help" lists them.`);
      print.help(commandHelp(command, print.style));
    },
    talk: {
      usage: "",
      summary: "This list (?)",
      run: ({ notice }) => talkHelp(commands()).forEach(notice),
    },
  });
}
