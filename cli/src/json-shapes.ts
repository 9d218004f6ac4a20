import type { Cause, ChatChange, ChatConversation, ChatMember, ChatMessage, ChatUser, Users } from "@chat/client";

/** The shapes below, for people: `chat help json`. Kept beside the functions that make them. */
export const jsonShapes = (causes: readonly Cause[]): readonly string[] => [
  "With --json each result is one object on one line of the output. Remarks go to the error output, and what ends the command",
  "with an exit code other than 0 is its last line: {error: {code, message, reason?, fields [{field, description}]}}.",
  "Times are ISO 8601 in UTC. Ids never change; handles and addresses are those of now. Fields with ? may be absent.",
  "",
  'message       kind "message", seq, conversation, address, sender, sender_handle, text, sent_at, client_id, reply_to?,',
  "              edited_at?, deleted, pinned, reactions [{emoji, people}], version",
  'conversation  kind "direct" or "room", conversation, address, title, topic, joined, members, unseen, creator?, peer? (user),',
  "              sort_seq, version, last_message? (message)",
  "user          id, handle, display_name, removed?",
  'member        kind "member", conversation, address, person, person_handle, joined, version',
  "",
  "conversation is an id: a number for a room, two person ids for a direct one. sender, people, person, creator and actor",
  "are person ids. A removed person's handle is empty. Every command that names a conversation takes an address or an id.",
  "",
  "tail --follow adds to each row that changed:",
  ...causeLines(causes),
  "  actor, actor_handle  who did it; absent where it is not known",
  'A user row has kind "user" there. Of two rows of one thing the one with the larger version is newer.',
  "",
  "users, whoami, login, register and profile print a user; whoami adds email and server. versions prints {seq, text, at},",
  "leave {left}, logout {signed_out}, outbox {client_id, action, state, created_at, error?}.",
];

const LINE_WIDTH = 118;

function causeLines(causes: readonly Cause[]): string[] {
  const lines = ["  cause        "];
  const words = causes.map((cause, index) => `${causeWord(cause)}${index + 1 < causes.length ? "," : ";"}`);
  for (const word of [...words, ..."unknown for what changed while nobody followed".split(" ")]) {
    if (`${lines.at(-1) ?? ""} ${word}`.length > LINE_WIDTH) lines.push(" ".repeat(15));
    lines.push(`${lines.pop() ?? ""} ${word}`);
  }
  return lines;
}

/** What shapes need besides the row. */
export interface ShapeOptions {
  readonly users: Pick<Users, "get">;
  /** The conversation's address, where it is known. */
  readonly address: string;
}

/** A message for programs. */
export function messageJson(message: ChatMessage, { users, address }: ShapeOptions): object {
  return {
    kind: "message",
    seq: message.seq,
    conversation: message.conversation,
    address,
    sender: message.sender,
    sender_handle: users.get(message.sender)?.handle ?? "",
    text: message.text,
    sent_at: isoTime(message.sentAt),
    client_id: message.clientId,
    ...(message.replyTo === undefined ? {} : { reply_to: message.replyTo }),
    ...(message.editedAt === undefined ? {} : { edited_at: isoTime(message.editedAt) }),
    deleted: message.deleted,
    pinned: message.pinned,
    reactions: message.reactions.map(({ emoji, people }) => ({ emoji, people })),
    version: message.version,
  };
}

/** A conversation for programs. */
export function conversationJson(conversation: ChatConversation, users: Pick<Users, "get">): object {
  const { id, kind, address, title, topic, joined, memberCount, unseen, creator, peer, sortSeq, version, ...more } =
    conversation;
  const { lastMessage, ...facts } = more;
  return {
    kind,
    conversation: id,
    address,
    title,
    topic,
    joined,
    members: memberCount,
    unseen,
    ...(creator === undefined ? {} : { creator }),
    ...(peer === undefined ? {} : { peer: userJson(peer) }),
    ...inSnakeCase(facts),
    sort_seq: sortSeq,
    version,
    ...(lastMessage === undefined ? {} : { last_message: messageJson(lastMessage, { users, address }) }),
  };
}

/** What the contract says of a conversation beyond the fields above, by its own names. */
function inSnakeCase(facts: object): object {
  return Object.fromEntries(
    Object.entries(facts).map(([name, value]) => [
      name.replace(/[A-Z]/gu, (letter) => `_${letter.toLowerCase()}`),
      value,
    ]),
  );
}

/** A person for programs. */
export function userJson(user: ChatUser): object {
  return {
    id: user.id,
    handle: user.handle,
    display_name: user.displayName,
    ...(user.removed ? { removed: true } : {}),
  };
}

/** A row that changed, with what happened and who did it. */
export function changeJson(change: ChatChange, options: ShapeOptions): object {
  const { users } = options;
  const actor = change.actor === 0 ? {} : { actor: change.actor, actor_handle: users.get(change.actor)?.handle ?? "" };
  return { ...rowJson(change, options), cause: causeWord(change.cause), ...actor };
}

function rowJson(change: ChatChange, options: ShapeOptions): object {
  switch (change.row) {
    case "message":
      return messageJson(change.message, options);
    case "conversation":
      return conversationJson(change.conversation, options.users);
    case "member":
      return memberJson(change.member, options);
    case "user":
      return { kind: "user", ...userJson(change.user) };
  }
}

function memberJson(member: ChatMember, { users, address }: ShapeOptions): object {
  return {
    kind: "member",
    conversation: member.conversation,
    address,
    person: member.person,
    person_handle: users.get(member.person)?.handle ?? "",
    joined: member.joined,
    version: member.version,
  };
}

function causeWord(cause: Cause): string {
  return cause.replaceAll("-", "_");
}

/** As the server writes times in JSON. */
export function isoTime(atMs: number): string {
  return new Date(atMs).toISOString();
}
