/** In so many worlds everything has to be reached at least once; in fewer nothing is asked. */
const WORLDS = 150;

/** What a run has to reach sometimes: where it does not, the worlds are too kind to show anything. */
const SOMETIMES = [
  // What goes wrong.
  "an election",
  "a record is lost with the leader",
  "a record is stored, and nobody is told",
  "a record is stored twice",
  "an append that came twice is answered with its first place",
  "a deposed leader says where the log ends",
  "append: nobody leads",
  "append: no answer",
  "a reader lost touch with the log",
  "an answer of the buckets is lost",
  "a watch goes on after it was cut",
  "a connection is reset",
  "a server is killed",
  "a server dies without a word",
  "a server shuts down",
  "a server could not start at once",
  "a read model loses what was not written",
  "a client crashes",
  "the log is moved",
  // What is done about it.
  "a server goes on from its read model",
  "a repeat is answered with what the first call came to",
  "a stream catches up on what its client missed",
  "a client crashes with actions in its outbox",
  "a client is reset",
  "a record is erased",
  "an action is refused for good",
  "signing in is tried again",
  // Every call that the clients make …
  ...["Register", "Login", "Refresh", "Logout", "UpdateProfile", "Subscribe", "SendMessage", "EditMessage"],
  ...["DeleteMessage", "AddReaction", "RemoveReaction", "PinMessage", "UnpinMessage", "CreateRoom", "UpdateRoom"],
  ...["JoinRoom", "LeaveRoom", "ListConversations", "GetConversation", "ListMessages"],
].map((what) => (/^[A-Z]/.test(what) ? `answered: ${what}` : what));

/** … and every refusal that they can meet. */
const REFUSALS = [
  "MESSAGE_DELETED",
  "NAME_TAKEN",
  "HANDLE_TAKEN",
  "NOT_A_MEMBER",
  "NOT_YOURS",
  "NO_SUCH_MESSAGE",
  "NO_SUCH_PERSON",
  "NO_SUCH_ROOM",
  "Canceled",
  "DeadlineExceeded",
  "ResourceExhausted",
  "Unavailable",
].map((reason) => `refused: ${reason}`);

/** What was not reached, though it has to be in so many worlds. */
export function missing(reached: ReadonlyMap<string, number>, worlds: number): readonly string[] {
  return worlds < WORLDS ? [] : [...SOMETIMES, ...REFUSALS].filter((what) => !reached.has(what));
}
