import type { SubscribeRequest, SubscribeResponse } from "@chat/proto/chat/v1/chat_service";
import {
  ChatService,
  Direction,
  type ListMessagesRequest,
  type ListMessagesResponse,
} from "@chat/proto/chat/v1/chat_service";
import { toConversationId } from "@chat/client/conversation-id";
import { Code, ConnectError, type Interceptor } from "@connectrpc/connect";
import { digestOf, type Delivery, type Operation } from "../history.ts";
import type { Recorder, WatchRecorder } from "../recorder.ts";

/** Codes that say for good that this call made nothing happen. After any other nobody knows. */
const REFUSALS: ReadonlySet<Code> = new Set([
  Code.InvalidArgument,
  Code.NotFound,
  Code.PermissionDenied,
  Code.AlreadyExists,
  Code.FailedPrecondition,
  Code.Unauthenticated,
]);

/** The calls that make an event, by method. */
type Asked = { to: string; text?: string; clientId: string };
const ASKED: Readonly<Record<string, (request: never) => Asked>> = {
  SendMessage: (request: Asked) => request,
  CreateRoom: ({ name, clientId }: { name: string; clientId: string }) => ({ to: roomOf(name), clientId }),
  JoinRoom: ({ room, clientId }: { room: string; clientId: string }) => ({ to: roomOf(room), clientId }),
  LeaveRoom: ({ room, clientId }: { room: string; clientId: string }) => ({ to: roomOf(room), clientId }),
};

/**
 * Stands between a client and the wire and writes down what passes: each attempt at an event with its answer, each page, and where streams begin and how
 * far they say to be. Changes nothing.
 *
 * @param options.watch the record of the client's stream at this moment
 * @param options.onEvent given each event as it comes off the wire
 */
export function createWitness(options: {
  client: string;
  user: string;
  recorder: Recorder;
  watch: () => WatchRecorder;
  onEvent?: (delivery: Delivery) => void;
}): Interceptor {
  const { client, user, recorder } = options;
  /** The positions of the cursors that were given out: to a client they are opaque. */
  const positions = new Map<string, number>();

  async function* remembered(frames: AsyncIterable<SubscribeResponse>): AsyncGenerator<SubscribeResponse> {
    for await (const frame of frames) {
      if (frame.payload.case !== "ready" || !positions.has(frame.cursor))
        positions.set(frame.cursor, Number(frame.seq));
      yield frame;
    }
  }

  return (next) => async (request) => {
    if (request.service.typeName !== ChatService.typeName) return next(request);
    if (request.stream) {
      const watch = options.watch();
      let after: number | undefined;
      const requests = request.message as AsyncIterable<SubscribeRequest>;
      const message = seen(requests, (each) => (after = positions.get(each.cursor)));
      const response = await next({ ...request, message });
      if (!response.stream) return response;
      const frames = response.message as AsyncIterable<SubscribeResponse>;
      return { ...response, message: watched(remembered(frames), watch, () => after, options.onEvent) };
    }
    const asked = ASKED[request.method.name]?.(request.message as never);
    if (!asked) {
      const response = await next(request);
      if (request.method.name === "ListMessages")
        recordPage(request.message as ListMessagesRequest, response.message as ListMessagesResponse);
      return response;
    }
    const conversation = toConversationId(asked.to, user);
    const attempt = recorder.attempt({ client, user, clientId: asked.clientId, conversation, text: asked.text });
    try {
      const response = await next(request);
      attempt.settle(answered(request.method.name, response.message));
      return response;
    } catch (error) {
      const { code } = ConnectError.from(error);
      if (REFUSALS.has(code)) attempt.settle({ kind: "refused", code: Code[code] });
      throw error;
    }
  };

  function recordPage(request: ListMessagesRequest, response: ListMessagesResponse): void {
    if (request.direction !== Direction.UNSPECIFIED && request.direction !== Direction.BOTH) return;
    recorder.page({
      client,
      user,
      conversation: request.conversation === undefined ? undefined : toConversationId(request.conversation, user),
      after: request.after === undefined ? undefined : Number(request.after),
      messages: response.messages.map(({ seq, conversation, sender, text }) => ({
        seq: Number(seq),
        digest: digestOf({ kind: "messagePosted", conversation, actor: sender, text }),
      })),
    });
  }
}

function answered(method: string, response: unknown): Operation["result"] {
  if (method === "JoinRoom" || method === "LeaveRoom") return { kind: "granted" };
  const seq = method === "SendMessage" ? (response as { message?: { seq: bigint } }).message?.seq : undefined;
  return { kind: "acknowledged", seq: seq === undefined ? undefined : Number(seq) };
}

async function* seen<T>(items: AsyncIterable<T>, look: (item: T) => void): AsyncGenerator<T> {
  for await (const item of items) {
    look(item);
    yield item;
  }
}

async function* watched(
  frames: AsyncIterable<SubscribeResponse>,
  watch: WatchRecorder,
  after: () => number | undefined,
  onEvent: ((delivery: Delivery) => void) | undefined,
): AsyncGenerator<SubscribeResponse> {
  try {
    for await (const frame of frames) {
      const event = recordFrame(frame, watch, after());
      if (event) onEvent?.(event);
      yield frame;
    }
  } finally {
    watch.lost();
  }
}

/** Takes down what a frame says of its stream; gives the event where it is one. @param after the cursor that the stream was opened with */
export function recordFrame(
  { seq: position, payload }: SubscribeResponse,
  watch: WatchRecorder,
  after: number | undefined,
): Delivery | undefined {
  const seq = Number(position);
  switch (payload.case) {
    case "ready":
      watch.opened(after ?? seq);
      return undefined;
    case "heartbeat":
      watch.caughtUp(seq);
      return undefined;
    case "reset":
      watch.reset();
      return undefined;
    case "event": {
      const { kind, conversation, actor } = payload.value;
      const text = kind.case === "messagePosted" ? kind.value.text : undefined;
      return { seq, digest: digestOf({ kind: String(kind.case), conversation, actor, text }) };
    }
    case undefined:
      return undefined; // of a newer server
  }
}

function roomOf(name: string): string {
  return name.startsWith("#") ? name : `#${name}`;
}
