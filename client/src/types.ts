import type { Cause as ProtoCause } from "@chat/proto/chat/v1/chat_service";
import type { ReadableAtom } from "nanostores";
import type { OutboxAction } from "./actions/actions.ts";
import type { ClientErrorCode } from "./error-types.ts";
import type { ChatConversation, ChatMember, ChatMessage, ChatUser } from "./row-types.ts";

export type { OutboxAction } from "./actions/actions.ts";
export * from "./error-types.ts";
export type * from "./row-types.ts";

/**
 * What the SDK offers to the web app and the terminal client. Plain values only: generated protobuf types stop inside this
 * package. Every `$name` is a nanostores atom: `get()`, `subscribe()`, `listen()`.
 *
 * The client keeps a replica of the rows it was given (people, conversations, members, messages). Timelines, lists, counts and
 * names are selectors over it, with the outbox's actions laid over the rows until they are stored.
 */
export interface ChatClient {
  readonly session: SessionControl;
  readonly feed: Feed;
  readonly outbox: Outbox;
  readonly conversations: Conversations;
  readonly users: Users;
  readonly rooms: Rooms;
  readonly messages: Messages;
  readonly drafts: Drafts;
  /** The live view of one conversation, by address or id. Call `close()` when it leaves the screen; views of one conversation share the loaded messages. */
  timeline(conversation: string): Timeline;
  /** Ends streams and timers and writes what is not yet written. Never rejects. */
  close(): Promise<void>;
}

export interface SessionControl {
  readonly $state: ReadableAtom<SessionState>;
  /** @throws ClientError */
  login(input: { login: string; password: string; remember?: boolean }): Promise<ChatUser>;
  /** A repeat after a lost answer finishes what was begun. @throws ClientError with `fields` naming what is wrong or taken. */
  register(input: {
    email: string;
    username: string;
    password: string;
    displayName?: string;
    remember?: boolean;
  }): Promise<ChatUser>;
  /** Signs out here and on the server; works offline too (then only here). Drops the replica, the outbox and the drafts: ask first where `outbox.$items` is not empty. */
  logout(): Promise<void>;
  /** Asks the server who is signed in. @throws ClientError `unauthenticated` */
  whoAmI(): Promise<ChatUser & { email: string }>;
  /** Changes handle or display name. @throws ClientError `already_exists` with the field `username` */
  updateProfile(change: { username?: string; displayName?: string }): Promise<ChatUser>;
  /** Removes the account for good, and signs out. @throws ClientError `unauthenticated` for a wrong password */
  deleteAccount(input: { password: string; withMessages: boolean }): Promise<void>;
}

/** `restoring` until the stored session has been read; `ended` means the server ended it (signed out elsewhere, expired). */
export type SessionState =
  | { readonly state: "restoring" }
  | { readonly state: "signed-out"; readonly ended: boolean }
  | { readonly state: "signed-in"; readonly user: ChatUser };

/** The stream of changes: resumes by cursor, drops repeats, finds dead streams, backs off with jitter. One per browser, shared by its tabs. */
export interface Feed {
  readonly $connection: ReadableAtom<ConnectionState>;
  /** Every change once, in the order of the log, after the replica has it. Returns what stops it. */
  onChange(listener: (change: ChatChange) => void): () => void;
  /** The cursor could not be honoured: the replica was dropped and is loaded again. */
  onReset(listener: () => void): () => void;
  /** Begins (or resumes) streaming; the session must be signed in. Done by the client itself unless `autoStart: false`. */
  start(): void;
  stop(): void;
  /** Skips the wait: try to connect now (button, `online`, page became visible). */
  retryNow(): void;
}

export type ConnectionState =
  | { readonly state: "stopped" }
  | { readonly state: "connecting"; readonly attempt: number }
  | { readonly state: "catching-up" }
  | { readonly state: "live" }
  /** Lost; tries again at `retryAt` (ms since 1970). */
  | { readonly state: "waiting"; readonly attempt: number; readonly retryAt: number; readonly reason: string };

/**
 * What an event was, as the contract's `Cause` names it: "message-posted", "room-changed". `unknown`: a kind of a newer server, or a row that came on
 * catch-up, where it may have changed for several reasons.
 */
export type Cause = "unknown" | Dashed<Exclude<keyof typeof ProtoCause, "UNSPECIFIED">>;

type Dashed<Name extends string> = Name extends `${infer First}_${infer Rest}`
  ? `${Lowercase<First>}-${Dashed<Rest>}`
  : Lowercase<Name>;

/** One row that changed, as it now stands. */
export type ChatChange = {
  readonly cause: Cause;
  /** Person id; 0 where it is not known. */ readonly actor: number;
} & (
  | { readonly row: "message"; readonly message: ChatMessage }
  | { readonly row: "conversation"; readonly conversation: ChatConversation }
  | { readonly row: "member"; readonly member: ChatMember }
  | { readonly row: "user"; readonly user: ChatUser }
);

/**
 * Actions on their way: kept in storage, done first in first out per conversation, each retry with the same client_id, over restarts.
 * Until an action is stored the views show the rows as if it were.
 */
export interface Outbox {
  readonly $items: ReadableAtom<readonly OutboxItem[]>;
  /**
   * Takes an action; it is stored before this resolves, and done when it can be.
   * @param options.clientId a UUID of the caller's: adding an action under an id that was used for the same one gives that item
   */
  add(action: OutboxAction, options?: { clientId?: string }): Promise<OutboxItem>;
  /** Resolves with what the action came to once the log has it, whichever client of this storage did it; rejects with the ClientError when it was refused for good. */
  done(clientId: string): Promise<OutboxResult>;
  /** Tries a failed item again. */
  retry(clientId: string): void;
  /** Gives up an item that is not yet done. */
  discard(clientId: string): Promise<void>;
}

/** `failed`: the server refused it for good (`error` says why); temporary trouble stays `pending`. */
export interface OutboxItem {
  readonly clientId: string;
  readonly action: OutboxAction;
  /** Items with the same key wait for each other: the conversation's id, or its address while no id is known. */
  readonly queue: string;
  /** ms since 1970, by this machine's clock. */
  readonly createdAt: number;
  readonly state: "pending" | "sending" | "failed";
  readonly error?: { readonly code: ClientErrorCode; readonly message: string };
}

/** What a stored action came to. */
export interface OutboxResult {
  /** The message as it now stands, for actions on messages. */
  readonly message?: ChatMessage;
  /** The room as it now stands, for actions on rooms. */
  readonly conversation?: ChatConversation;
  /** Whether it had been stored before by the same client_id. */
  readonly duplicate: boolean;
}

export interface Conversations {
  readonly $state: ReadableAtom<ConversationListState>;
  /** Loads (again). Called by the client itself after sign-in and reset. */
  load(): Promise<void>;
  /** The next page, where `hasMore`. */
  loadMore(): Promise<void>;
  /** The conversation at an address or id, from the replica, else from the server; undefined where there is no such person or room. @throws ClientError */
  find(conversation: string): Promise<ChatConversation | undefined>;
  /** A person looks at the conversation up to this message: what is unseen is counted from there, in all tabs. */
  markSeen(conversation: string, seq: number): void;
}

export interface ConversationListState {
  /** Newest message first. Rooms that the user left are gone; rooms that are being joined or created are there already. */
  readonly conversations: readonly ChatConversation[];
  readonly loaded: boolean;
  readonly loading: boolean;
  readonly hasMore: boolean;
  readonly error?: string;
}

export interface Timeline {
  readonly $state: ReadableAtom<TimelineState>;
  /** The page of older messages before the first row. */
  loadOlder(): Promise<void>;
  /** The page of newer messages after the last row, where `hasNewer`. */
  loadNewer(): Promise<void>;
  /** Shows the part of the conversation around a message, loading it where it is not known. */
  jumpTo(seq: number): Promise<void>;
  /** Shows the newest part again. */
  jumpToEnd(): Promise<void>;
  /** After an error. */
  reload(): Promise<void>;
  close(): void;
}

export interface TimelineState {
  /** As it was opened with. */
  readonly address: string;
  /** A part of the conversation without a gap, by seq; at the end of it (`hasNewer` false) the outbox's messages in their order. */
  readonly rows: readonly TimelineRow[];
  readonly loaded: boolean;
  readonly loading: boolean;
  readonly hasOlder: boolean;
  readonly hasNewer: boolean;
  readonly error?: { readonly code: ClientErrorCode; readonly message: string };
}

/** A message as it is shown: the stored row, or what will be, with the outbox's actions on it laid over. */
export interface TimelineRow {
  /** Sender and client_id: stable from pending to sent. */
  readonly key: string;
  readonly message: ChatMessage;
  /** `stored`, or where the sending stands; `message.seq` is 0 until it is stored. */
  readonly state: "stored" | "pending" | "sending" | "failed";
  /** The outbox's items behind what is shown: the sending, then actions on the message. A failed one stays until it is retried or discarded. */
  readonly items: readonly OutboxItem[];
}

export interface Users {
  /** Everybody whose row is known. */
  readonly $known: ReadableAtom<ReadonlyMap<number, ChatUser>>;
  /** A person whose row is known. */
  get(id: number): ChatUser | undefined;
  /** By handle (with or without "@"), also an old one: from the replica, else from the server. Undefined where there is none. @throws ClientError */
  find(handle: string): Promise<ChatUser | undefined>;
  /** People whose handle or name contains the query. */
  search(
    query: string,
    options?: { pageSize?: number; pageToken?: string; signal?: AbortSignal },
  ): Promise<{ users: readonly ChatUser[]; nextPageToken: string }>;
}

export interface Rooms {
  list(options?: { query?: string; pageSize?: number; pageToken?: string; signal?: AbortSignal }): Promise<{
    rooms: readonly ChatConversation[];
    nextPageToken: string;
  }>;
  members(
    room: string,
    options?: { pageSize?: number; pageToken?: string; signal?: AbortSignal },
  ): Promise<{ members: readonly ChatMember[]; nextPageToken: string }>;
}

/** Pages straight from the server, for scripts and for what no timeline shows. Their rows go into the replica as well. */
export interface Messages {
  list(options?: {
    conversation?: string;
    before?: number;
    after?: number;
    around?: number;
    pageSize?: number;
    direction?: "sent" | "received" | "both";
    /** ms since 1970 */
    since?: number;
    signal?: AbortSignal;
  }): Promise<{ messages: readonly ChatMessage[]; hasMore: boolean }>;
  /** @throws ClientError `not_found` */
  get(seq: number): Promise<ChatMessage>;
  /** The texts a message had, oldest first, without the present one. */
  versions(seq: number): Promise<readonly { readonly text: string; readonly at: number }[]>;
  /** The pinned messages of a conversation, newest first. */
  pins(conversation: string): Promise<readonly ChatMessage[]>;
}

/** Unsent text per conversation: survives switch, reload and crash, agrees in all tabs; empty text removes it. */
export interface Drafts {
  get(conversation: string): string;
  set(conversation: string, text: string): void;
  /** Told when another tab or process has changed a draft. Returns what stops it. */
  onChange(listener: (conversation: string, text: string) => void): () => void;
}
