import type { ChatClient, ChatConversation, ChatUser, OutboxItem, TimelineState } from "@chat/client";
import { actionWords } from "@chat/client/actions";
import type { Command, Host } from "../command.ts";
import { isNewElsewhere } from "../commands/moves.ts";
import { emojiNames } from "../emoji.ts";
import { conversationName } from "../message-format.ts";
import type { Style } from "../printer.ts";
import type { MessageNumbers, TalkContext, TalkEnd, TalkQuestion } from "../talk-context.ts";
import { visibleLine } from "../visible-text.ts";
import { completeWord } from "./complete-word.ts";
import { connectionWords } from "./connection-words.ts";
import { createConversationScroll } from "./conversation-scroll.ts";
import { createLineEditor } from "./line-editor.ts";
import type { InputHistory } from "./input-history.ts";
import { PASTE_MARKS } from "./paste-split.ts";
import { inputProblem, submitLine } from "./submit-line.ts";
import { createViewScreen } from "./view-screen.ts";

/** How long a hint stays, and a first Ctrl-C counts. */
const HINT_MS = 3_000;
/** Of the words that Tab could mean, as many are shown. */
const CANDIDATES_SHOWN = 12;

/** What one conversation on the screen needs. */
export interface ViewOptions {
  readonly host: Pick<Host, "input" | "output" | "signal">;
  readonly style: Style;
  readonly client: ChatClient;
  readonly self: ChatUser;
  /** As it was asked for. */
  readonly address: string;
  /** Prints line after line, without an escape sequence. */
  readonly plain: boolean;
  /** Those that a line can name. */
  readonly commands: readonly Command[];
  /** Lines written before; shared by the views of a run. */
  readonly history: InputHistory;
  /** Edits a text in another program on this terminal. Absent: the person has set no editor. */
  readonly editText?: ((text: string) => Promise<string>) | undefined;
  /** Of this conversation: they stay for as long as the program runs. */
  readonly numbers: MessageNumbers;
  /** Client ids of failures already told; shared by the views of a run. */
  readonly told: Set<string>;
}

/** Shows a conversation and what comes, and sends what is typed, until the person leaves. Rejects with the signal's reason. */
export async function talkIn(options: ViewOptions): Promise<TalkEnd> {
  const { client, self, address, style, plain, numbers, told, commands, editText } = options;
  const { input, output, signal } = options.host;
  const ended = Promise.withResolvers<TalkEnd>();
  let hintTimer: NodeJS.Timeout | undefined;
  let interrupted = false;
  let isOver = false;
  let loadProblem: string | undefined;
  let lastLine = "";
  let question: { readonly asked: TalkQuestion; readonly draft: string } | undefined;
  let emoji: ReadonlyMap<string, string> = new Map();
  let id: string | undefined;

  const conversation = (): ChatConversation | undefined => {
    const { conversations } = client.conversations.$state.get();
    const found = conversations.find((known) => (id === undefined ? known.address === address : known.id === id));
    id ??= found?.id;
    return found;
  };
  const here = () => conversation()?.address ?? address;
  const nameOf = (seq: number) => String(numbers.numberOf(seq) ?? seq);
  const prompt = () => {
    const unseen = client.conversations.$state.get().conversations.filter(isNewElsewhere(here()));
    const count = unseen.reduce((sum, { unseen: more }) => sum + more, 0);
    const elsewhere = count === 0 ? "" : `${count} new elsewhere`;
    const words = [connectionWords(client.feed.$connection.get()), elsewhere].filter((word) => word !== "").join(", ");
    if (question !== undefined) return `${style.bold(question.asked.prompt)}> `;
    return `${style.bold(visibleLine(here()))}${words === "" ? "" : ` ${style.yellow(`[${words}]`)}`}> `;
  };
  const screen = createViewScreen({
    ...{ output, style, plain, self: self.id, users: client.users, nameOf, prompt },
    input: () => editor,
  });
  const { notice, problem, drawSoon } = screen;
  const clearHint = () => {
    screen.hint(question?.asked.hint ?? "");
    interrupted = false;
    clearTimeout(hintTimer);
  };
  const showHint = (text: string) => {
    screen.hint(text);
    clearTimeout(hintTimer);
    hintTimer = setTimeout(clearHint, HINT_MS);
  };
  const lineChanged = () => {
    if (editor.line !== lastLine) {
      lastLine = editor.line;
      // An answer is no draft.
      if (question === undefined) client.drafts.set(address, editor.text());
      clearHint();
    }
    drawSoon();
  };
  const endQuestion = () => {
    editor.replace(question?.draft ?? "");
    question = undefined;
    clearHint();
    lineChanged();
  };

  const timeline = client.timeline(address);
  const scroll = createConversationScroll({ client, address, conversation, timeline, numbers, screen });
  const takeTimeline = (state: TimelineState) => {
    scroll.takeTimeline(state);
    const { rows, error } = state;
    if (error?.message !== loadProblem && error !== undefined)
      problem(`The messages could not be loaded: ${error.message}`);
    loadProblem = error?.message;
    showWaiting(rows);
  };
  const showWaiting = (rows: TimelineState["rows"]) => {
    const ofRoom = client.outbox.$items
      .get()
      .filter(({ action }) => "room" in action && (action.room === here() || action.room === id));
    screen.waiting([...rows.flatMap(({ items }) => items), ...ofRoom]);
  };
  const takeOutbox = (items: readonly OutboxItem[]) => {
    for (const item of items) {
      if (item.state !== "failed") told.delete(item.clientId);
      else if (!told.has(item.clientId)) {
        told.add(item.clientId);
        problem(failureWords(item, [here(), address, id], nameOf));
      }
    }
    showWaiting(timeline.$state.get().rows);
  };
  const talk: TalkContext = {
    ...{ client, self, numbers, style, signal, notice },
    get here() {
      return here();
    },
    act: (action) => client.outbox.add(action),
    ask(asked) {
      question = { asked, draft: question?.draft ?? editor.text() };
      // Where nothing can be put on the line, the question is printed and answered from scratch.
      if (plain) notice([asked.prompt, asked.prefill ?? [], "An empty line gives it up."].flat().join("\n"));
      else editor.replace(asked.prefill ?? "");
      clearHint();
      lineChanged();
    },
    compose: editText && ((text) => aside(() => editText(text))),
    showOlder: scroll.showOlder,
    showAround: scroll.showAround,
    end: ended.resolve,
  };
  /** Leaves the terminal to another program while it runs. */
  const aside = async (run: () => Promise<string>) => {
    screen.hold();
    editor.suspend();
    if (!plain) output.write(PASTE_MARKS.off);
    try {
      return await run();
    } finally {
      if (!isOver) {
        if (!plain) output.write(PASTE_MARKS.on);
        editor.resume();
        screen.release();
      }
    }
  };
  const submit = async (text: string) => {
    clearHint();
    try {
      await submitLine(text, talk, commands);
    } catch (error) {
      problem(inputProblem(error));
      // What was typed meanwhile stays too; the text that failed is then one key up in the history.
      if (editor.line === "") editor.insert(text);
      lineChanged();
    }
  };
  const answer = async ({ asked }: { asked: TalkQuestion }, text: string) => {
    endQuestion();
    if (plain && text.trim() === "") return;
    try {
      await asked.answered(text);
    } catch (error) {
      problem(inputProblem(error));
      talk.ask({ ...asked, prefill: text });
    }
  };
  const showOlder = () => {
    scroll.showOlder().catch((error: unknown) => problem(inputProblem(error)));
  };

  using stops = new DisposableStack();
  stops.defer(() => timeline.close());
  const onAbort = () => ended.reject(signal.reason as Error);
  signal.throwIfAborted();
  signal.addEventListener("abort", onAbort, { once: true });
  stops.defer(() => signal.removeEventListener("abort", onAbort));
  if (!plain) output.write(PASTE_MARKS.on);
  const editor = createLineEditor({
    ...{ input, plain, history: options.history },
    events: {
      changed: lineChanged,
      submitted: (text) => void (question === undefined ? submit(text) : answer(question, text)),
      escape() {
        if (question !== undefined) endQuestion();
        else if (editor.line === "") ended.resolve({ next: "pick" });
      },
      interrupt() {
        if (interrupted) return ended.resolve({ next: "quit" });
        interrupted = true;
        showHint("Press Ctrl-C again to leave");
      },
      ended: () => ended.resolve({ next: "quit" }),
      clearScreen: screen.clear,
      pageUp: showOlder,
      resumed() {
        output.write(PASTE_MARKS.on);
        screen.forget();
        drawSoon();
      },
      complete: (line) => completeWord(line, { client, timeline, commands, emoji: () => emoji }),
      ambiguous: (candidates) =>
        showHint(
          [...candidates.slice(0, CANDIDATES_SHOWN), ...(candidates.length > CANDIDATES_SHOWN ? ["…"] : [])].join(" "),
        ),
    },
  });
  stops.defer(() => {
    isOver = true;
    clearTimeout(hintTimer);
    screen.close();
    editor.close();
    if (!plain) output.write(PASTE_MARKS.off);
  });
  editor.insert(client.drafts.get(address));
  lastLine = editor.line;
  screen.line(heading(conversation(), address, style));
  takeTimeline(timeline.$state.get());
  takeOutbox(client.outbox.$items.get());
  stops.defer(timeline.$state.listen(takeTimeline));
  stops.defer(client.outbox.$items.listen(takeOutbox));
  stops.defer(client.conversations.$state.listen(drawSoon));
  stops.defer(
    client.feed.$connection.listen(({ state }) => {
      if (state === "live" && timeline.$state.get().error !== undefined) void timeline.reload();
      drawSoon();
    }),
  );
  stops.defer(
    client.feed.onReset(() => {
      scroll.reset();
      notice("The server's history was cut or restored: loading it again.");
    }),
  );
  stops.defer(client.feed.onChange(scroll.takeChange));
  stops.defer(
    client.drafts.onChange((changed, text) => {
      // Another window of the profile has written: taken over where nothing is being typed here.
      if ([here(), address, id].includes(changed) && question === undefined && editor.line === "") editor.insert(text);
      drawSoon();
    }),
  );
  // Called at once too: the session may have ended while the person was picking.
  stops.defer(
    client.session.$state.subscribe(
      ({ state }) => void (state === "signed-out" && ended.resolve({ next: "signed-out" })),
    ),
  );
  // Names for Tab; without them Tab completes the rest.
  emojiNames().then(
    (names) => (emoji = names),
    () => {},
  );
  return await ended.promise;
}

function failureWords(
  item: OutboxItem,
  names: readonly (string | undefined)[],
  nameOf: (seq: number) => string,
): string {
  const { action, error } = item;
  const why = error?.message ?? "refused";
  const advice = "/retry tries again, /drop gives it up.";
  if (action.kind !== "send") return `Not done (${visibleLine(actionWords(action, nameOf))}): ${why} ${advice}`;
  const elsewhere = names.includes(action.conversation) ? "" : ` to ${action.conversation}`;
  return `Not sent${elsewhere}: ${why} ${advice}`;
}

function heading(conversation: ChatConversation | undefined, address: string, style: Style): string {
  const name = conversation === undefined ? address : conversationName(conversation);
  const topic = visibleLine(conversation?.topic ?? "");
  return `${style.bold(name)}${topic === "" ? "" : ` - ${topic}`}  ${style.dim("? helps, Esc goes back, exit ends")}`;
}
