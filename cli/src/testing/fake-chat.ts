import type { atom } from "nanostores";
import type {
  ChatChange,
  ChatClient,
  ChatMessage,
  ClientErrorCode,
  ConnectionState,
  OutboxAction,
  OutboxResult,
} from "@chat/client";

/** An error shaped like the SDK's. */
export function clientError(
  code: ClientErrorCode,
  message: string,
  fields: { field: string; description: string }[] = [],
): Error & { code: ClientErrorCode } {
  return Object.assign(new Error(message), { code, fields });
}

/** A chat without a network: the client, and what the server and others do to it. */
export interface FakeChat {
  readonly client: ChatClient;
  /** Every call of note, in words: "login ada". */
  readonly calls: string[];
  readonly $connection: ReturnType<typeof atom<ConnectionState>>;
  /** Somebody says something, in what the signed-in person calls `address`. */
  says(sender: string, address: string, text: string, options?: { sentAt?: number; replyTo?: number }): ChatMessage;
  /** Somebody does something else to a message, a room or themselves. */
  does(who: string, action: OutboxAction): OutboxResult;
  renames(handle: string, to: string): void;
  /** Another process of the profile empties the outbox; this one's list is told nothing but the outcome. */
  deliversElsewhere(): void;
  emit(change: ChatChange): void;
  reset(): void;
  endSession(): void;
  personId(handle: string): number;
  /** How the outbox goes from now on. */
  sending: "works" | "waits" | Error;
  /** Set: every question to the server fails with it. */
  failure: Error | undefined;
  /** Who is signed in looks at what comes: without it messages of others count as unseen. */
  readonly seen: Map<string, number>;
}

/** What the fake keeps of a room. */
export interface FakeRoom {
  readonly id: string;
  /** Lead here as well. */
  readonly oldNames: string[];
  name: string;
  title: string;
  topic: string;
  creator: number;
  members: Set<number>;
  version: number;
}
