/** A load process: takes commands from the process that started it, one answer each. */
import { createCommands } from "./commands.ts";

const commands = createCommands() as unknown as Record<string, (args: unknown) => Promise<unknown>>;

process.on("message", ({ id, name, args }: { id: number; name: string; args: unknown }) => {
  const command = commands[name];
  const work = command ? command(args) : Promise.reject(new Error(`there is no command ${name}`));
  work.then(
    (result) => process.send?.({ id, result }),
    (error: unknown) => process.send?.({ id, error: String(error) }),
  );
});
process.on("disconnect", () => process.exit(0));
