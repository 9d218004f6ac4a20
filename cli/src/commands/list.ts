import type { Command } from "../command.ts";
import { createCompletion } from "./completion.ts";
import { conversations } from "./conversations.ts";
import { createRoom } from "./create-room.ts";
import { createHelp } from "./help.ts";
import { join } from "./join.ts";
import { leave } from "./leave.ts";
import { login } from "./login.ts";
import { logout } from "./logout.ts";
import { read } from "./read.ts";
import { register } from "./register.ts";
import { rooms } from "./rooms.ts";
import { send } from "./send.ts";
import { tail } from "./tail.ts";
import { talk } from "./talk.ts";
import { users } from "./users.ts";
import { whoami } from "./whoami.ts";

/** Every command, in the order of the help page. */
export const COMMANDS: readonly Command[] = [
  talk,
  login,
  register,
  logout,
  whoami,
  send,
  read,
  tail,
  conversations,
  rooms,
  join,
  leave,
  createRoom,
  users,
  createCompletion(() => COMMANDS),
  createHelp(() => COMMANDS),
];
