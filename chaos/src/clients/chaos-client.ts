import type { OutboxAction } from "@chat/client";
import type { SeenMessages } from "./seen-messages.ts";

/** A device of some user that talks while things break. Nothing here rejects: what happened is in the record. */
export interface ChaosClient {
  /** "u3/grpc" */
  readonly name: string;
  /** Their first handle. */
  readonly user: string;
  /** Does something that needs the log, and keeps trying until there is an answer. Resolves then. */
  act(action: OutboxAction): Promise<void>;
  /** Takes another handle, if it is free. */
  rename(handle: string): Promise<void>;
  /** Reads a page; undefined: everything the user may see. */
  read(conversation: string | undefined): Promise<void>;
  /** Signs out, then in again. */
  signInAnew(): Promise<void>;
  /** Loses what is in memory and goes on from what is stored; undefined for a client that stores nothing. */
  readonly crash: (() => Promise<void>) | undefined;
  /** Messages that came lately. */
  readonly seen: SeenMessages;
  /** Actions without an answer. */
  readonly pending: number;
  /** What of them there is to tell where it never got an answer. */
  readonly unsent: string;
  /** Whether a stream is open. */
  readonly isLive: boolean;
  /** Position up to which nothing is still to come; -1 before the first stream. */
  readonly caughtUpTo: number;
  close(): Promise<void>;
}

/** What every client is made with. */
export interface ChaosClientOptions {
  readonly name: string;
  readonly user: string;
  readonly password: string;
  /** Where to find some server: "http://host:port". */
  readonly baseUrl: string;
}

/** Between two attempts at anything that failed. */
export const RETRY_MS = 300;
