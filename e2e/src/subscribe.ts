import { ChatService, type SubscribeResponse } from "@chat/proto/chat/v1/chat_service";
import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";

/** Whether a frame brings a row, and does not speak of the stream itself. */
export const isRow = (payload: SubscribeResponse["payload"]["case"]): boolean =>
  payload === "message" || payload === "conversation" || payload === "member" || payload === "user";

/** The frames of a stream from its beginning until the server says that it has caught up. Empty cursor: from now on. */
export async function framesUntilCaughtUp(url: string, token: string, cursor: string): Promise<SubscribeResponse[]> {
  const chat = createClient(ChatService, createGrpcTransport({ baseUrl: url }));
  const stop = new AbortController();
  const frames: SubscribeResponse[] = [];
  const headers = { authorization: `Bearer ${token}` };
  try {
    for await (const frame of chat.subscribe({ cursor }, { headers, signal: stop.signal })) {
      frames.push(frame);
      if (frame.payload.case === "heartbeat") return frames;
    }
    return frames;
  } finally {
    stop.abort();
  }
}

/** Where somebody stands who has taken everything so far. */
export async function cursorNow(url: string, token: string): Promise<string> {
  return (await framesUntilCaughtUp(url, token, "")).at(-1)?.cursor ?? "";
}
