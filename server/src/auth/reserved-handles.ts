import { lookOf } from "./look.ts";

/** Names that people would take for the system's, for those who run it, or for everybody. */
const RESERVED = [
  "abuse",
  "admin",
  "administrator",
  "all",
  "anonymous",
  "anyone",
  "api",
  "bot",
  "bots",
  "channel",
  "chat",
  "everybody",
  "everyone",
  "guest",
  "help",
  "helpdesk",
  "here",
  "hostmaster",
  "info",
  "me",
  "mod",
  "moderator",
  "moderators",
  "nobody",
  "noreply",
  "null",
  "nil",
  "official",
  "operator",
  "owner",
  "postmaster",
  "room",
  "root",
  "security",
  "self",
  "server",
  "service",
  "staff",
  "superuser",
  "support",
  "sysadmin",
  "system",
  "team",
  "undefined",
  "webmaster",
  "you",
] as const;

const LOOKS: ReadonlySet<string> = new Set(RESERVED.map(lookOf));

/** Whether a handle is one of those, or looks like one ("adm1n", "root-"). */
export function isReservedHandle(handle: string): boolean {
  return LOOKS.has(lookOf(handle));
}
