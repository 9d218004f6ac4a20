import type { ChatClient, ChatMessage, ChatUser, OutboxAction, OutboxItem } from "@chat/client";
import type { Style } from "./printer.ts";

/** How the person left a conversation. */
export type TalkEnd =
  { readonly next: "pick" | "quit" | "signed-out" } | { readonly next: "go"; readonly address: string };

/** A question on the input line. What was typed there before comes back afterwards; Esc gives the question up. */
export interface TalkQuestion {
  /** Stands in the place of the prompt. */
  readonly prompt: string;
  /** Stands below the line while it is asked. */
  readonly hint?: string;
  /** What is there to begin with. */
  readonly prefill?: string;
  answered(text: string): Promise<void> | void;
}

/** The messages that have been on the screen, by the short numbers that stand beside them. */
export interface MessageNumbers {
  /** The number of a message: given when it is first shown, the same for as long as the program runs. */
  put(message: ChatMessage): number;
  /** Undefined: no message on the screen has this number. */
  at(number: number): ChatMessage | undefined;
  numberOf(seq: number): number | undefined;
  /** As it was last shown. */
  get(seq: number): ChatMessage | undefined;
  /** The newest that satisfies. */
  newest(satisfies: (message: ChatMessage) => boolean): ChatMessage | undefined;
}

/** The conversation on the screen, as commands see it. */
export interface TalkContext {
  readonly client: ChatClient;
  readonly self: ChatUser;
  /** "@handle" or "#name", as it is now. */
  readonly here: string;
  readonly numbers: MessageNumbers;
  readonly style: Style;
  readonly signal: AbortSignal;
  notice(text: string): void;
  /** Hands an action to the outbox. A refusal is told when it comes. */
  act(action: OutboxAction): Promise<OutboxItem>;
  ask(question: TalkQuestion): void;
  /** Gives the text to the person's editor and takes it back. Absent: no editor is set. @throws CommandError where the editor fails */
  readonly compose?: ((text: string) => Promise<string>) | undefined;
  /** Prints messages that are older than the oldest one on the screen. */
  showOlder(): Promise<void>;
  /** Prints the part of the conversation around a message. */
  showAround(seq: number): Promise<void>;
  end(end: TalkEnd): void;
}
