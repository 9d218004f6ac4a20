import type { ChatMessage, OutboxAction, TimelineRow } from "@chat/client";
import { useClipboard } from "@vueuse/core";
import { inject, shallowRef, type InjectionKey, type ShallowRef } from "vue";
import { useRouter } from "vue-router";
import { describeError } from "../chat/describe-error.ts";
import { useChat } from "../chat/use-chat.ts";
import { useOwnUser } from "../session/use-own-user.ts";
import { useShell } from "../shell/use-shell.ts";
import { allowedActions, type MessageAction } from "./message-action.ts";
import type { OpenTimeline } from "./use-timeline.ts";

/** What is open at a message: its menu, the emoji picker, the question before deleting, its earlier texts. */
export interface OpenPart {
  readonly part: "menu" | "picker" | "delete" | "versions";
  readonly row: TimelineRow;
  /** Beside what menu and picker stand. */
  readonly anchor: DOMRect;
  /** What gets the focus back. */
  readonly from: HTMLElement | undefined;
}

/** What one does to the messages of the open conversation. */
export interface MessageActions {
  /** The message that is being answered. */
  readonly replying: ShallowRef<ChatMessage | undefined>;
  /** The message whose text is being edited. */
  readonly editing: ShallowRef<ChatMessage | undefined>;
  readonly open: ShallowRef<OpenPart | undefined>;
  /** The message to show and mark for a moment; a new object for each jump. */
  readonly jumped: ShallowRef<{ readonly seq: number } | undefined>;
  allowed(row: TimelineRow): readonly MessageAction[];
  /** Does the action, or opens what it needs first. Nothing where it is not allowed. */
  run(action: MessageAction | "menu", row: TimelineRow, anchor: DOMRect): void;
  /** Adds one's reaction, or takes it back. */
  toggle(row: TimelineRow, emoji: string): void;
  /** Hands an action to the outbox; says so where it cannot be kept. Resolves to whether it was taken. */
  act(action: OutboxAction): Promise<boolean>;
  jump(seq: number): void;
}

export const MESSAGE_ACTIONS: InjectionKey<MessageActions> = Symbol("message actions");

/** See {@link MessageActions}. `address`: of the conversation, as it is now. */
export function useMessageActing(options: {
  conversation: string;
  timeline: Pick<OpenTimeline, "jumpTo" | "state">;
  address: () => string;
}): MessageActions {
  const { outbox } = useChat();
  const router = useRouter();
  const shell = useShell();
  const own = useOwnUser();
  const { copy } = useClipboard({ legacy: true });
  const replying = shallowRef<ChatMessage>();
  const editing = shallowRef<ChatMessage>();
  const open = shallowRef<OpenPart>();
  const jumped = shallowRef<{ readonly seq: number }>();

  async function act(action: OutboxAction): Promise<boolean> {
    try {
      await outbox.add(action);
      return true;
    } catch (cause) {
      shell.notify(describeError(cause).message);
      return false;
    }
  }

  async function copyText(text: string, said: string): Promise<void> {
    try {
      await copy(text);
      shell.notify(said);
    } catch {
      shell.notify("The browser does not let this page copy.");
    }
  }

  function permalink(seq: number): string {
    const { href } = router.resolve({ name: "conversation", params: { address: options.address(), seq: String(seq) } });
    return new URL(href, location.origin).href;
  }

  const allowed = (row: TimelineRow): readonly MessageAction[] => allowedActions(row, own.value.id, Date.now());

  function run(action: MessageAction | "menu", row: TimelineRow, anchor: DOMRect): void {
    if (action !== "menu" && !allowed(row).includes(action)) return;
    const { message } = row;
    const { seq } = message;
    const show = (part: OpenPart["part"]): void => {
      const from = document.activeElement instanceof HTMLElement ? document.activeElement : undefined;
      open.value = { part, row, anchor, from };
    };
    switch (action) {
      case "menu":
      case "delete":
      case "versions":
        return show(action);
      case "react":
        return show("picker");
      case "reply":
        editing.value = undefined;
        replying.value = message;
        return;
      case "edit":
        editing.value = message;
        return;
      case "copy-text":
        return void copyText(message.text, "Text copied");
      case "copy-link":
        return void copyText(permalink(seq), "Link copied");
      case "pin":
      case "unpin":
        return void act({ kind: action, seq });
    }
  }

  function toggle({ message }: TimelineRow, emoji: string): void {
    const mine = message.reactions.some((each) => each.emoji === emoji && each.people.includes(own.value.id));
    void act({ kind: mine ? "unreact" : "react", seq: message.seq, emoji });
  }

  async function jump(seq: number): Promise<void> {
    try {
      await options.timeline.jumpTo(seq);
      const { rows, error } = options.timeline.state.value;
      if (rows.some(({ message }) => message.seq === seq)) jumped.value = { seq };
      else if (error === undefined) shell.notify("This message is not in this conversation.");
    } catch (cause) {
      shell.notify(describeError(cause).message);
    }
  }

  return { replying, editing, open, jumped, allowed, run, toggle, act, jump: (seq) => void jump(seq) };
}

/** What one does to the messages of the open conversation. @throws Error outside one */
export function useMessageActions(): MessageActions {
  const actions = inject(MESSAGE_ACTIONS);
  if (!actions) throw new Error("no message actions provided");
  return actions;
}
