import type { ChatClient, OutboxItem, TimelineState } from "@chat/client";
import { toConversationId } from "@chat/client/conversation-id";
import type { Host } from "../command.ts";
import { conversationName, noticeOf } from "../message-format.ts";
import type { Style } from "../printer.ts";
import { visibleLine } from "../visible-text.ts";
import { completeWord } from "./complete-word.ts";
import { connectionWords } from "./connection-words.ts";
import { createLineEditor } from "./line-editor.ts";
import { PASTE_MARKS } from "./paste-split.ts";
import { inputProblem, performInput, type TalkEnd } from "./perform-input.ts";
import { readTalkInput } from "./slash-commands.ts";
import type { Unseen } from "./unseen.ts";
import { createViewScreen } from "./view-screen.ts";

/** Messages shown when a conversation comes on the screen. */
const FIRST_MESSAGES = 50;
/** How long a hint stays, and a first Ctrl-C counts. */
const HINT_MS = 3_000;

/** What one conversation on the screen needs. */
export interface ViewOptions {
  readonly host: Pick<Host, "input" | "output" | "signal">;
  readonly style: Style;
  readonly client: ChatClient;
  /** The person's own handle. */
  readonly self: string;
  readonly address: string;
  /** Lines written before, newest first; shared by the views of a run. */
  readonly history: string[];
  /** Shared likewise. */
  readonly unseen: Unseen;
  /** Client ids of failures already told; shared likewise. */
  readonly told: Set<string>;
}

/** Shows a conversation and what comes, and sends what is typed, until the person leaves. Rejects with the signal's reason. */
export async function talkIn(options: ViewOptions): Promise<TalkEnd> {
  const { client, self, address, style, told, unseen } = options;
  const { input, output, signal } = options.host;
  const ended = Promise.withResolvers<TalkEnd>();
  const shown = new Set<string>();
  let hintTimer: NodeJS.Timeout | undefined;
  let interrupted = false;
  let loadProblem: string | undefined;
  let lastLine = "";

  const prompt = () => {
    const count = unseen.elsewhere(address);
    const elsewhere = count === 0 ? "" : `${count} new elsewhere`;
    const words = [connectionWords(client.feed.$connection.get()), elsewhere].filter((word) => word !== "").join(", ");
    return `${style.bold(address)}${words === "" ? "" : ` ${style.yellow(`[${words}]`)}`}> `;
  };
  const screen = createViewScreen({ output, style, self, prompt, input: () => editor });
  const { notice, problem, drawSoon } = screen;
  const showHint = (text: string) => {
    screen.hint(text);
    clearTimeout(hintTimer);
    hintTimer = setTimeout(clearHint, HINT_MS);
  };
  const clearHint = () => {
    screen.hint("");
    interrupted = false;
    clearTimeout(hintTimer);
  };
  const lineChanged = () => {
    if (editor.line !== lastLine) {
      lastLine = editor.line;
      client.drafts.set(address, editor.text());
      clearHint();
    }
    drawSoon();
  };

  const takeTimeline = ({ rows, loaded, hasOlder, error }: TimelineState) => {
    if (loaded) {
      const fresh = rows.flatMap((row) => (row.state === "sent" && !shown.has(row.key) ? [row] : []));
      const first = shown.size === 0 ? fresh.slice(-FIRST_MESSAGES) : fresh;
      // Nothing of what stands above is loaded any more: what lies between is not known.
      if (shown.size > 0 && hasOlder && fresh[0] !== undefined && fresh[0] === rows[0])
        notice("Messages are left out here.");
      for (const { message } of first) screen.message(message);
      for (const { key } of fresh) shown.add(key);
    }
    if (error?.message !== loadProblem && error !== undefined)
      problem(`The messages could not be loaded: ${error.message}`);
    loadProblem = error?.message;
    screen.waiting(rows.flatMap((row) => (row.state === "sent" ? [] : [row.item])));
  };
  const takeOutbox = (items: readonly OutboxItem[]) => {
    for (const { clientId, state, to, error } of items) {
      if (state !== "failed") told.delete(clientId);
      else if (!told.has(clientId)) {
        told.add(clientId);
        problem(
          `Not sent${to === address ? "" : ` to ${to}`}: ${error ?? "refused"} /retry sends it again, /drop gives it up.`,
        );
      }
    }
  };
  const submit = async (text: string) => {
    clearHint();
    try {
      await performInput(readTalkInput(text, address), {
        client,
        address,
        unseen,
        notice,
        problem,
        end: ended.resolve,
      });
    } catch (error) {
      problem(inputProblem(error));
      // What was typed meanwhile stays too; the text that failed is then one key up in the history.
      if (editor.line === "") editor.insert(text);
      lineChanged();
    }
  };

  using stops = new DisposableStack();
  const onAbort = () => ended.reject(signal.reason as Error);
  signal.throwIfAborted();
  signal.addEventListener("abort", onAbort, { once: true });
  stops.defer(() => signal.removeEventListener("abort", onAbort));
  unseen.see(address);
  stops.defer(() => unseen.see(undefined));
  stops.defer(unseen.listen(drawSoon));
  const timeline = client.timeline(address);
  stops.defer(() => timeline.close());
  output.write(PASTE_MARKS.on);
  const editor = createLineEditor({
    input,
    history: options.history,
    events: {
      changed: lineChanged,
      submitted: (text) => void submit(text),
      escape: () => void (editor.line === "" && ended.resolve({ next: "pick" })),
      interrupt() {
        if (interrupted) return ended.resolve({ next: "quit" });
        interrupted = true;
        showHint("Press Ctrl-C again to leave");
      },
      ended: () => ended.resolve({ next: "quit" }),
      clearScreen: screen.clear,
      resumed() {
        output.write(PASTE_MARKS.on);
        screen.forget();
        drawSoon();
      },
      complete: (line) => completeWord(line, client, address),
      ambiguous: (candidates) => showHint(candidates.join(" ")),
    },
  });
  stops.defer(() => {
    clearTimeout(hintTimer);
    screen.close();
    editor.close();
    output.write(PASTE_MARKS.off);
  });
  editor.insert(client.drafts.get(address));
  lastLine = editor.line;
  screen.line(heading(client, address, style));
  takeTimeline(timeline.$state.get());
  takeOutbox(client.outbox.$items.get());
  stops.defer(timeline.$state.listen(takeTimeline));
  stops.defer(client.outbox.$items.listen(takeOutbox));
  stops.defer(
    client.feed.$connection.listen(({ state }) => {
      if (state === "live" && timeline.$state.get().error !== undefined) void timeline.reload();
      drawSoon();
    }),
  );
  stops.defer(client.feed.onReset(() => notice("The server's history was cut or restored: loading anew.")));
  stops.defer(
    client.feed.onEvent((event) => {
      const what = event.conversation === toConversationId(address, self) ? noticeOf(event) : undefined;
      if (what !== undefined) notice(what);
    }),
  );
  // Called at once too: the session may have ended while the person was picking.
  stops.defer(
    client.session.$state.subscribe(
      ({ state }) => void (state === "signed-out" && ended.resolve({ next: "signed-out" })),
    ),
  );
  return await ended.promise;
}

function heading(client: ChatClient, address: string, style: Style): string {
  const conversation = client.conversations.$state.get().conversations.find((known) => known.address === address);
  const name = conversation === undefined ? address : conversationName(conversation);
  const topic = visibleLine(conversation?.topic ?? "");
  return `${style.bold(name)}${topic === "" ? "" : ` - ${topic}`}  ${style.dim("? helps, Esc goes back, exit ends")}`;
}
