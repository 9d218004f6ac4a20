import type { ChatClient, OutboxItem, TimelineState } from "@chat/client";
import { canonicalId } from "../address.ts";
import type { Host } from "../command.ts";
import { conversationName, noticeOf } from "../message-format.ts";
import type { Style } from "../printer.ts";
import { visibleLine } from "../visible-text.ts";
import { completeWord } from "./complete-word.ts";
import { connectionWords } from "./connection-words.ts";
import { layOutInput } from "./input-line.ts";
import { createLineEditor } from "./line-editor.ts";
import { createLiveArea } from "./live-area.ts";
import { createMessageLines } from "./message-lines.ts";
import { PASTE_MARKS } from "./paste-split.ts";
import { inputProblem, performInput, type TalkEnd } from "./perform-input.ts";
import { readTalkInput } from "./slash-commands.ts";
import type { Unseen } from "./unseen.ts";

/** Messages shown when a conversation comes on the screen. */
const FIRST_MESSAGES = 50;
/** Waiting messages shown below the scroll. */
const WAITING_SHOWN = 3;
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
  const area = createLiveArea(output);
  const lines = createMessageLines({ self, style });
  const shown = new Set<string>();
  let waiting: readonly OutboxItem[] = [];
  let queue: string[] = [];
  let hint = "";
  let hintTimer: NodeJS.Timeout | undefined;
  let interrupted = false;
  let loadProblem: string | undefined;
  let lastLine = "";
  let isDrawing = false;
  let isOver = false;

  // One cell is left free: terminals differ in what a full row does to the cursor.
  const columns = () => Math.max(4, (output.columns ?? 80) - 1);
  const draw = () => {
    isDrawing = false;
    if (isOver) return;
    const words = [connectionWords(client.feed.$connection.get()), elsewhere()]
      .filter((word) => word !== "")
      .join(", ");
    const prompt = `${style.bold(address)}${words === "" ? "" : ` ${style.yellow(`[${words}]`)}`}> `;
    const above = waiting.slice(-WAITING_SHOWN).flatMap((item) => lines.waiting(item, columns()));
    if (waiting.length > WAITING_SHOWN) above.unshift(style.dim(`        ${waiting.length - WAITING_SHOWN} more`));
    const laid = layOutInput({ prompt, text: editor.line, cursor: editor.cursor, columns: columns() });
    const below = hint === "" ? [] : [style.dim(hint.slice(0, columns()))];
    const printed = queue;
    queue = [];
    area.update(
      {
        rows: [...above, ...laid.rows, ...below],
        cursorRow: above.length + laid.cursorRow,
        cursorColumn: laid.cursorColumn,
      },
      printed,
    );
  };
  /** However much comes in one turn, it is drawn once. */
  const drawSoon = () => {
    if (isDrawing) return;
    isDrawing = true;
    queueMicrotask(draw);
  };
  const print = (rows: readonly string[]) => {
    queue.push(...rows);
    drawSoon();
  };
  const notice = (text: string) => print(lines.notice(text, columns()));
  const problem = (text: string) => print(lines.problem(text, columns()));
  const showHint = (text: string) => {
    hint = text;
    clearTimeout(hintTimer);
    hintTimer = setTimeout(clearHint, HINT_MS);
    drawSoon();
  };
  const clearHint = () => {
    hint = "";
    interrupted = false;
    clearTimeout(hintTimer);
    drawSoon();
  };
  const elsewhere = () => {
    const count = unseen.elsewhere(address);
    return count === 0 ? "" : `${count} new elsewhere`;
  };

  const takeTimeline = ({ rows, loaded, error }: TimelineState) => {
    if (loaded) {
      const fresh = rows.flatMap((row) => (row.state === "sent" && !shown.has(row.key) ? [row] : []));
      const first = shown.size === 0 ? fresh.slice(-FIRST_MESSAGES) : fresh;
      for (const { message } of first) print(lines.message(message, columns()));
      for (const { key } of fresh) shown.add(key);
    }
    if (error?.message !== loadProblem && error !== undefined)
      problem(`The messages could not be loaded: ${error.message}`);
    loadProblem = error?.message;
    waiting = rows.flatMap((row) => (row.state === "sent" ? [] : [row.item]));
    drawSoon();
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
      changed() {
        if (editor.line !== lastLine) {
          lastLine = editor.line;
          client.drafts.set(address, editor.text());
          clearHint();
        }
        drawSoon();
      },
      submitted: (text) => void submit(text),
      escape: () => void (editor.line === "" && ended.resolve({ next: "pick" })),
      interrupt() {
        if (interrupted) return ended.resolve({ next: "quit" });
        interrupted = true;
        showHint("Press Ctrl-C again to leave");
      },
      ended: () => ended.resolve({ next: "quit" }),
      clearScreen: () => area.clearScreen(),
      resumed() {
        output.write(PASTE_MARKS.on);
        area.forget();
        drawSoon();
      },
      complete: (line) => completeWord(line, client, address),
      ambiguous: (candidates) => showHint(candidates.join(" ")),
    },
  });
  stops.defer(() => {
    isOver = true;
    clearTimeout(hintTimer);
    editor.close();
    area.remove();
    output.write(PASTE_MARKS.off);
  });
  editor.insert(client.drafts.get(address));
  lastLine = editor.line;
  output.on("resize", drawSoon);
  stops.defer(() => void output.off("resize", drawSoon));
  print([heading(client, address, style)]);
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
      const what = event.conversation === canonicalId(address, self) ? noticeOf(event) : undefined;
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
