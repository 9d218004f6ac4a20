import type { Command } from "../command.ts";
import { createCompletion } from "./completion.ts";
import { conversations } from "./conversations.ts";
import { createRoom } from "./create-room.ts";
import { del } from "./del.ts";
import { dm } from "./dm.ts";
import { edit } from "./edit.ts";
import { goto } from "./goto.ts";
import { createHelp } from "./help.ts";
import { join } from "./join.ts";
import { leave } from "./leave.ts";
import { login } from "./login.ts";
import { logout } from "./logout.ts";
import { me } from "./me.ts";
import { back, next, older, quit } from "./moves.ts";
import { outbox } from "./outbox.ts";
import { pin } from "./pin.ts";
import { pins } from "./pins.ts";
import { profile } from "./profile.ts";
import { react } from "./react.ts";
import { read } from "./read.ts";
import { register } from "./register.ts";
import { rename } from "./rename.ts";
import { reply } from "./reply.ts";
import { drop, retry } from "./retry-drop.ts";
import { rooms } from "./rooms.ts";
import { msg, send } from "./send.ts";
import { tail } from "./tail.ts";
import { talk } from "./talk.ts";
import { topic } from "./topic.ts";
import { unpin } from "./unpin.ts";
import { unreact } from "./unreact.ts";
import { users } from "./users.ts";
import { versions } from "./versions.ts";
import { who } from "./who.ts";
import { whoami } from "./whoami.ts";

/** Every command, of the shell and of conversations, in the order of the help pages. */
export const COMMANDS: readonly Command[] = [
  talk,
  login,
  register,
  logout,
  whoami,
  profile,
  send,
  reply,
  edit,
  del,
  react,
  unreact,
  pin,
  unpin,
  pins,
  versions,
  read,
  tail,
  older,
  goto,
  dm,
  msg,
  me,
  next,
  conversations,
  rooms,
  who,
  join,
  leave,
  createRoom,
  rename,
  topic,
  users,
  outbox,
  retry,
  drop,
  createCompletion(() => COMMANDS),
  createHelp(() => COMMANDS),
  back,
  quit,
];
