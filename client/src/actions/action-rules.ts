import type { ChatService } from "@chat/proto/chat/v1/chat_service";
import type { Conversation } from "@chat/proto/chat/v1/conversation";
import type { Message } from "@chat/proto/chat/v1/message";
import type { CallOptions, Client } from "@connectrpc/connect";

/** Everything the SDK and the screens know of one kind of action. `Row` is what the action changes. */
export interface ActionRules<Action, Row> {
  /** The call that does it. */
  call(service: ActionService, action: Action, clientId: string, options: CallOptions): Promise<ActionAnswer>;
  /** What it makes of the row until it is stored. Absent: no field of it changes. */
  over?(row: Row, action: Action, by: { readonly me: number; readonly at: number }): Row;
  /** "edit 12: new text": what it does, in words. `nameOf` says what people call a message by. */
  words(action: Action, nameOf: (seq: number) => string): string;
  /** What was not done, where the server refused it: a sentence. */
  readonly refused: string;
}

export type ActionService = Client<typeof ChatService>;

/** The rows of an answer. */
export interface ActionAnswer {
  readonly $typeName: string;
  readonly message?: Message | undefined;
  readonly conversation?: Conversation | undefined;
  readonly duplicate?: boolean;
}
