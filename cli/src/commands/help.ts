import { defineCommand, type Command } from "../command.ts";
import { usageError } from "../exit-code.ts";
import { commandHelp, programHelp } from "../help.ts";

/** Shows the list of commands, or one of them. */
export function createHelp(commands: () => readonly Command[]): Command {
  return defineCommand({
    name: "help",
    summary: "Show this list, or one command",
    arguments: [{ name: "COMMAND", summary: "The command to explain", required: false }],
    options: {},
    async run({ positionals, print }) {
      const name = positionals[0];
      if (name === undefined) return print.line(programHelp(commands(), print.style));
      const command = commands().find((candidate) => candidate.name === name);
      if (command === undefined) throw usageError(`There is no command "${name}". "chat help" lists them.`);
      print.line(commandHelp(command, print.style));
    },
  });
}
