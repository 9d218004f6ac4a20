import type { ReadableAtom } from "nanostores";

/**
 * What the SDK offers to the web app and the terminal client. Plain values only: generated protobuf types stop inside this
 * package. Every `$name` is a nanostores atom: `get()`, `subscribe()`, `listen()`.
 */
export interface ChatClient {
  readonly session: SessionControl;
  readonly feed: Feed;
  readonly outbox: Outbox;
  readonly conversations: ConversationList;
  readonly users: Users;
  readonly rooms: Rooms;
  readonly messages: Messages;
  readonly drafts: Drafts;
  /** The live view of one conversation. Call `close()` when it leaves the screen; a second call with the same address shares the loaded messages. */
  timeline(address: string): Timeline;
  /** Ends streams and timers and writes what is not yet written. Never rejects. */
  close(): Promise<void>;
}

export interface SessionControl {
  readonly $state: ReadableAtom<SessionState>;
  /** @throws ClientError */
  login(input: { login: string; password: string; remember?: boolean }): Promise<ChatUser>;
  /** @throws ClientError with `fields` naming what is wrong or taken. */
  register(input: {
    email: string;
    username: string;
    password: string;
    displayName?: string;
    remember?: boolean;
  }): Promise<ChatUser>;
  /** Signs out here and on the server; works offline too (then only here). Drops cached conversations; keeps nothing of the user's. */
  logout(): Promise<void>;
  /** Asks the server who is signed in. @throws ClientError `unauthenticated` */
  whoAmI(): Promise<ChatUser & { email: string }>;
}

/** `restoring` until the stored session has been read; `ended` means the server ended it (signed out elsewhere, expired). */
export type SessionState =
  | { readonly state: "restoring" }
  | { readonly state: "signed-out"; readonly ended: boolean }
  | { readonly state: "signed-in"; readonly user: ChatUser };

/** The one Subscribe stream: resumes by cursor, drops repeats, finds dead streams, backs off with jitter. */
export interface Feed {
  readonly $connection: ReadableAtom<ConnectionState>;
  /** Every event once, in log order. Returns what stops it. */
  onEvent(listener: (event: ChatEvent) => void): () => void;
  /** The cursor could not be honoured: everything derived from events must be loaded anew. */
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

/** Messages on their way: kept in storage, sent first in first out per conversation, each retry with the same client_id. */
export interface Outbox {
  readonly $items: ReadableAtom<readonly OutboxItem[]>;
  /** Takes a message; it is stored before this resolves, and sent when it can be. */
  send(to: string, text: string, options?: { replyTo?: number }): Promise<OutboxItem>;
  /** Resolves with the stored message once the server has it; rejects with the ClientError when it failed for good. */
  delivered(clientId: string): Promise<ChatMessage>;
  /** Tries a failed item again. */
  retry(clientId: string): void;
  /** Gives up an item that is not yet sent. */
  remove(clientId: string): Promise<void>;
}

/** `failed`: the server refused it for good (`error` says why); temporary trouble stays `pending`. */
export interface OutboxItem {
  readonly clientId: string;
  /** "@handle" or "#name". */
  readonly to: string;
  readonly text: string;
  readonly replyTo?: number;
  /** ms since 1970, by this machine's clock. */
  readonly createdAt: number;
  readonly state: "pending" | "sending" | "failed";
  readonly error?: string;
}

export interface ConversationList {
  readonly $state: ReadableAtom<ConversationListState>;
  /** Loads (again). Called by the client itself after sign-in and reset. */
  load(): Promise<void>;
  /** The next page, where `hasMore`. */
  loadMore(): Promise<void>;
}

export interface ConversationListState {
  /** Newest first; kept in step by the feed. Rooms that the user left are gone. */
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
  /** After an error. */
  reload(): Promise<void>;
  close(): void;
}

export interface TimelineState {
  /** "@handle" or "#name". */
  readonly address: string;
  /** Stored messages by seq, then the outbox's items for this conversation in their order. A message that arrives takes the place of its pending row (same `key`). */
  readonly rows: readonly TimelineRow[];
  readonly loaded: boolean;
  readonly loading: boolean;
  readonly hasOlder: boolean;
  readonly error?: { readonly code: ClientErrorCode; readonly message: string };
}

/** `key` is the sender and the client_id: stable from pending to sent. */
export type TimelineRow =
  | { readonly state: "sent"; readonly key: string; readonly message: ChatMessage }
  | { readonly state: "pending" | "sending" | "failed"; readonly key: string; readonly item: OutboxItem };

export interface Users {
  /** People whose handle or name contains the query. */
  search(query: string, options?: { limit?: number; signal?: AbortSignal }): Promise<readonly ChatUser[]>;
  /** Undefined where there is none. Answers are cached. */
  get(handle: string): Promise<ChatUser | undefined>;
}

export interface Rooms {
  list(options?: { query?: string; after?: string; limit?: number; signal?: AbortSignal }): Promise<{
    rooms: readonly ChatConversation[];
    hasMore: boolean;
  }>;
  create(input: { name: string; title?: string; topic?: string }): Promise<ChatConversation>;
  join(name: string): Promise<ChatConversation>;
  leave(name: string): Promise<void>;
}

export interface Messages {
  list(options?: {
    conversation?: string;
    before?: number;
    after?: number;
    limit?: number;
    direction?: "sent" | "received" | "both";
    /** ms since 1970 */
    since?: number;
    signal?: AbortSignal;
  }): Promise<{ messages: readonly ChatMessage[]; hasMore: boolean }>;
  /** @throws ClientError `not_found` */
  get(seq: number): Promise<ChatMessage>;
}

/** Unsent text per conversation: survives switch, reload and crash; empty text removes it. */
export interface Drafts {
  get(address: string): string;
  set(address: string, text: string): void;
}

export interface ChatUser {
  readonly handle: string;
  readonly displayName: string;
  /** What the display name looks like: equal for names that people can hardly tell apart. To compare with others' looks, not to show. */
  readonly nameLook?: string;
  /** The same of the handle. */
  readonly handleLook?: string;
}

export interface ChatMessage {
  /** Position in the log: increasing, not contiguous. */
  readonly seq: number;
  /** Canonical id. */
  readonly conversation: string;
  readonly sender: string;
  readonly text: string;
  /** ms since 1970 */
  readonly sentAt: number;
  readonly clientId: string;
  readonly replyTo?: number;
}

export interface ChatConversation {
  /** Canonical id: "#name" or "@ada@bob". */
  readonly id: string;
  readonly kind: "direct" | "room";
  /** What to send to and what stands in URLs: "@handle" or "#name". */
  readonly address: string;
  readonly title: string;
  readonly topic: string;
  readonly lastMessage?: ChatMessage;
  readonly lastSeq: number;
  readonly peer?: ChatUser;
  readonly memberCount: number;
  readonly joined: boolean;
}

/** What the feed delivers. Unknown kinds of newer servers are skipped. */
export type ChatEvent = {
  readonly seq: number;
  readonly conversation: string;
  readonly actor: string;
  readonly at: number;
} & (
  | { readonly kind: "message-posted"; readonly message: ChatMessage }
  | { readonly kind: "room-created"; readonly title: string; readonly topic: string }
  | { readonly kind: "member-joined" }
  | { readonly kind: "member-left" }
);

export const CLIENT_ERROR_CODES = [
  "invalid_argument",
  "unauthenticated",
  "permission_denied",
  "not_found",
  "already_exists",
  "resource_exhausted",
  "failed_precondition",
  "unavailable",
  "internal",
] as const;

export type ClientErrorCode = (typeof CLIENT_ERROR_CODES)[number];

/** The only error the SDK throws. `message` can be shown to people. */
export interface ClientErrorShape extends Error {
  readonly code: ClientErrorCode;
  /** Which input is wrong, by the API's field name. */
  readonly fields: readonly { readonly field: string; readonly description: string }[];
  readonly retryAfterMs?: number;
}
