import pc from "picocolors";
import { afterEach } from "vitest";
import type { ChatUser } from "@chat/client";
import { COMMANDS } from "../commands/list.ts";
import { talkIn } from "../talk/conversation-view.ts";
import { createMessageNumbers } from "../talk/message-numbers.ts";
import type { MessageNumbers } from "../talk-context.ts";
import type { FakeChat } from "./fake-chat.ts";
import { createFakeChat } from "./fake-client.ts";
import { createFakeTerminal } from "./fake-terminal.ts";

const open: AbortController[] = [];
afterEach(() => open.splice(0).forEach((abort) => abort.abort(new Error("test over"))));

/** A conversation of ada on a screen. */
export function view(
  address: string,
  chat: FakeChat,
  options: {
    size?: [number, number];
    history?: string[];
    numbers?: MessageNumbers;
    plain?: boolean;
    editText?: (text: string) => Promise<string>;
  } = {},
) {
  const { size = [80, 24], history = [], numbers = createMessageNumbers(), plain = false } = options;
  const terminal = createFakeTerminal(...size);
  const abort = new AbortController();
  open.push(abort);
  const host = { input: terminal.input, output: terminal.output, signal: abort.signal };
  const shared = {
    style: pc.createColors(false),
    client: chat.client,
    self: chat.client.users.get(chat.personId("ada")) as ChatUser,
    plain,
    commands: COMMANDS,
    numbers,
    history: { lines: history, remember: (now: readonly string[]) => void history.splice(0, history.length, ...now) },
    editText: options.editText,
    told: new Set<string>(),
  };
  const end = talkIn({ ...shared, host, address });
  end.catch(() => {});
  return { terminal, end, abort };
}

/** A chat that ada is signed in to, with the connection up. */
export function liveChat(options: Parameters<typeof createFakeChat>[0] = {}): FakeChat {
  const chat = createFakeChat({ self: "ada", rooms: ["garden"], joined: ["general"], ...options });
  chat.client.feed.start();
  return chat;
}
