import type { Interceptor } from "@connectrpc/connect";
import { ChatService, type SubscribeResponse } from "@chat/proto/chat/v1/chat_service";
import type { Conversation } from "@chat/proto/chat/v1/conversation";
import type { Message } from "@chat/proto/chat/v1/message";
import { conversationOf, messageOf, rowOf, type SeenRow } from "../../../chaos/src/rows.ts";
import { createCursorCodec } from "../../../server/src/log/cursor-codec.ts";
import { CURSOR_HEADER } from "../../../server/src/rpc/read-after.ts";

/** Watches one client's calls: no answer may be older than what the stream had told when the call left. */
export interface SessionGuard {
  readonly interceptor: Interceptor;
  /** The log is another one now: positions of before say nothing. */
  forget(): void;
}

const cursors = createCursorCodec("");

/** @param options.report told what went back, in words */
export function createSessionGuard(options: { client: string; report: (text: string) => void }): SessionGuard {
  const { client, report } = options;
  /** Versions of each row that the stream told, ascending. */
  const told = new Map<string, number[]>();

  function note(row: SeenRow): void {
    const versions = told.get(row.key);
    if (versions) versions.push(row.version);
    else told.set(row.key, [row.version]);
  }

  async function* noted(frames: AsyncIterable<SubscribeResponse>): AsyncGenerator<SubscribeResponse> {
    for await (const frame of frames) {
      const row = rowOf(frame);
      if (row) note(row);
      yield frame;
    }
  }

  return {
    forget: () => told.clear(),
    interceptor: (next) => async (request) => {
      if (request.service.typeName !== ChatService.typeName) return next(request);
      if (request.stream) {
        const response = await next(request);
        if (!response.stream) return response;
        return { ...response, message: noted(response.message as AsyncIterable<SubscribeResponse>) };
      }
      const cursor = request.header.get(CURSOR_HEADER);
      const seen = cursor === null ? undefined : cursors.decode(cursor)?.seq;
      const response = await next(request);
      if (seen === undefined) return response;
      for (const row of rowsOf(response.message)) {
        const floor = told.get(row.key)?.findLast((version) => version <= seen);
        if (floor !== undefined && row.version < floor)
          report(`${client} had seen ${row.key} ${floor} and was answered ${row.version} by ${request.method.name}`);
      }
      return response;
    },
  };
}

function rowsOf(answer: unknown): SeenRow[] {
  const { message, messages, conversation, conversations } = answer as {
    message?: Message;
    messages?: readonly Message[];
    conversation?: Conversation;
    conversations?: readonly Conversation[];
  };
  return [
    ...[...(messages ?? []), ...(message ? [message] : [])].map(messageOf),
    ...[...(conversations ?? []), ...(conversation ? [conversation] : [])]
      .filter(({ version }) => version > 0n)
      .map(conversationOf),
  ];
}
