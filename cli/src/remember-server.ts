import type { CommandContext } from "./command.ts";

/** Makes the server that was just signed in to the profile's own, with its certificate settings. */
export async function rememberServer({ profile, target }: Pick<CommandContext, "profile" | "target">): Promise<void> {
  await profile.save({
    ...profile.settings,
    server: target.url,
    insecure: target.insecure,
    ...(target.caFile === undefined ? {} : { caFile: target.caFile }),
  });
}
