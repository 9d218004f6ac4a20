import { usageError } from "../exit-code.ts";

/** The room on the screen. @throws CommandError (usage) in a direct conversation */
export function hereOnly(here: string): string {
  if (here.startsWith("@")) throw usageError("This is no room.");
  return here;
}
