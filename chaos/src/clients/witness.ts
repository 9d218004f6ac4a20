import { createCursorCodec } from "../../../server/src/log/cursor-codec.ts";
import type { DeleteAccountRequest, UpdateProfileRequest } from "@chat/proto/chat/v1/auth_service";
import type {
  AddReactionRequest,
  CreateRoomRequest,
  EditMessageRequest,
  JoinRoomRequest,
  ListMessagesRequest,
  ListMessagesResponse,
  PinMessageRequest,
  SendMessageRequest,
  SubscribeResponse,
  UpdateRoomRequest,
} from "@chat/proto/chat/v1/chat_service";
import { ChatService, Direction } from "@chat/proto/chat/v1/chat_service";
import type { Conversation } from "@chat/proto/chat/v1/conversation";
import type { Message } from "@chat/proto/chat/v1/message";
import type { User } from "@chat/proto/chat/v1/user";
import { Code, ConnectError, type Interceptor } from "@connectrpc/connect";
import type { Asked, Operation } from "../history.ts";
import type { Recorder, WatchRecorder } from "../recorder.ts";
import { saysRemoved } from "./removed-account.ts";
import { conversationOf, messageOf, rowOf, type SeenRow, userOf } from "../rows.ts";

/** Codes that say for good that this call made nothing happen. After any other nobody knows. */
const REFUSALS: ReadonlySet<Code> = new Set([
  Code.InvalidArgument,
  Code.NotFound,
  Code.PermissionDenied,
  Code.AlreadyExists,
  Code.FailedPrecondition,
  Code.Unauthenticated,
]);

type Asking = Asked & { readonly clientId: string };

const onMessage =
  (kind: string) =>
  ({ seq, clientId }: PinMessageRequest): Asking => ({ kind, message: Number(seq), clientId });
const onReaction =
  (kind: string) =>
  ({ seq, emoji, clientId }: AddReactionRequest): Asking => ({ kind, message: Number(seq), emoji, clientId });
const onRoom =
  (kind: string) =>
  ({ room, clientId }: JoinRoomRequest): Asking => ({ kind, to: room, clientId });
const nameOf = (name: string | undefined): string | undefined => name?.replace(/^#/, "");

/** The calls that make an event, by method. */
const ASKED: Readonly<Record<string, (request: never) => Asking>> = {
  SendMessage({ to, text, clientId, replyTo }: SendMessageRequest) {
    return { kind: "messagePosted", to, text, clientId, message: replyTo === undefined ? undefined : Number(replyTo) };
  },
  EditMessage: ({ seq, text, clientId }: EditMessageRequest) => ({
    kind: "messageEdited",
    message: Number(seq),
    text,
    clientId,
  }),
  DeleteMessage: onMessage("messageDeleted"),
  PinMessage: onMessage("messagePinned"),
  UnpinMessage: onMessage("messageUnpinned"),
  AddReaction: onReaction("reactionAdded"),
  RemoveReaction: onReaction("reactionRemoved"),
  CreateRoom: ({ name, clientId }: CreateRoomRequest) => ({ kind: "roomCreated", name: nameOf(name), clientId }),
  UpdateRoom: ({ room, name, clientId }: UpdateRoomRequest) => ({
    kind: "roomChanged",
    to: room,
    name: nameOf(name),
    clientId,
  }),
  JoinRoom: onRoom("memberJoined"),
  LeaveRoom: onRoom("memberLeft"),
  UpdateProfile: ({ username, clientId }: UpdateProfileRequest) => ({
    kind: "personChanged",
    name: username,
    clientId,
  }),
  DeleteAccount: ({ withMessages, clientId }: DeleteAccountRequest) => ({
    kind: "personRemoved",
    withMessages,
    clientId,
  }),
};

/** Calls that always make an event; others are answered well, too, where it is so already. */
const ALWAYS: ReadonlySet<string> = new Set([
  "SendMessage",
  "EditMessage",
  "CreateRoom",
  "UpdateRoom",
  "UpdateProfile",
  "DeleteAccount",
]);

/**
 * Stands between a client and the wire and writes down what passes: each attempt at an event with its answer, each page and row, and everything that streams
 * bring. Changes nothing.
 *
 * @param options.watch the record of the client's stream at this moment
 */
export function createWitness(options: {
  client: string;
  user: string;
  recorder: Recorder;
  watch: () => WatchRecorder;
}): Interceptor {
  const { client, user, recorder } = options;

  return (next) => async (request) => {
    if (request.stream) {
      if (request.service.typeName !== ChatService.typeName) return next(request);
      const watch = options.watch();
      const response = await next(request);
      if (!response.stream) return response;
      const frames = response.message as AsyncIterable<SubscribeResponse>;
      return { ...response, message: watched(frames, watch, recorder) };
    }
    const { name } = request.method;
    const asking = ASKED[name]?.(request.message as never);
    if (!asking) {
      const response = await next(request);
      recordRows(recorder, response.message);
      if (name === "ListMessages")
        recordPage(request.message as ListMessagesRequest, response.message as ListMessagesResponse);
      return response;
    }
    const { clientId, ...asked } = asking;
    const attempt = recorder.attempt({ client, user, clientId, asked });
    try {
      const response = await next(request);
      recordRows(recorder, response.message);
      attempt.settle(answered(name, response.message));
      return response;
    } catch (error) {
      const { code } = ConnectError.from(error);
      // The session may have ended by this very call: it ends before the account does, and the answer to a first attempt may be lost.
      if (name === "DeleteAccount" && code === Code.Unauthenticated) {
        if (saysRemoved(error)) attempt.settle({ kind: "acknowledged", seq: undefined });
      } else if (REFUSALS.has(code)) attempt.settle({ kind: "refused", code: Code[code] });
      throw error;
    }
  };

  function recordPage(request: ListMessagesRequest, response: ListMessagesResponse): void {
    if (request.direction !== Direction.UNSPECIFIED && request.direction !== Direction.BOTH) return;
    recorder.page({
      client,
      user,
      conversation: request.conversation,
      after: request.after === undefined ? undefined : Number(request.after),
      messages: response.messages.map((row) => ({ ...messageOf(row), seq: Number(row.seq) })),
    });
  }
}

function answered(method: string, response: unknown): Operation["result"] {
  if (!ALWAYS.has(method)) return { kind: "granted" };
  const { message, conversation } = response as { message?: { seq: bigint }; conversation?: { id: string } };
  if (method === "SendMessage") return { kind: "acknowledged", seq: Number(message?.seq) };
  return { kind: "acknowledged", seq: method === "CreateRoom" ? Number(conversation?.id) : undefined };
}

/** Takes down the rows of an answer, whichever call it answers. */
function recordRows(recorder: Recorder, answer: unknown): void {
  const { message, user, users, conversation, conversations } = answer as {
    message?: Message;
    user?: User;
    users?: readonly User[];
    conversation?: Conversation;
    conversations?: readonly Conversation[];
  };
  const rows: SeenRow[] = [];
  if (message) rows.push(messageOf(message));
  for (const each of [...(users ?? []), ...(user ? [user] : [])]) rows.push(userOf(each));
  for (const each of [...(conversations ?? []), ...(conversation ? [conversation] : [])]) {
    // What a conversation would be with which nothing was said yet.
    if (each.version > 0n) rows.push(conversationOf(each));
    if (each.lastMessage) rows.push(messageOf(each.lastMessage));
  }
  for (const row of rows) recorder.row(row);
}

async function* watched(
  frames: AsyncIterable<SubscribeResponse>,
  watch: WatchRecorder,
  recorder: Recorder,
): AsyncGenerator<SubscribeResponse> {
  try {
    for await (const frame of frames) {
      recordFrame(frame, watch, recorder);
      yield frame;
    }
  } finally {
    watch.lost();
  }
}

/** Takes down what a frame says. */
export function recordFrame(frame: SubscribeResponse, watch: WatchRecorder, recorder: Recorder): void {
  const seq = positionOf(frame.cursor);
  for (const user of frame.users) recorder.row(userOf(user));
  switch (frame.payload.case) {
    case "ready":
      watch.opened(seq ?? 0);
      return;
    case "heartbeat":
      watch.caughtUp(seq ?? 0);
      return;
    case "reset":
      watch.reset(seq ?? 0);
      return;
    case undefined:
      return; // of a newer server
    default: {
      const row = rowOf(frame);
      if (row) watch.delivered(row, frame.cause !== 0, seq);
    }
  }
}

const cursors = createCursorCodec("");

/** To a client a cursor is opaque; the checker has to know where it stands. */
function positionOf(cursor: string): number | undefined {
  return cursors.decode(cursor)?.seq;
}
