import { useTimeoutFn } from "@vueuse/core";
import { inject, shallowRef, type InjectionKey, type ShallowRef } from "vue";

/** The dialogs that any part of the shell may open. */
export const SHELL_DIALOGS = [
  "new-chat",
  "switcher",
  "shortcuts",
  "create-room",
  "profile",
  "remove-account",
  "sign-out",
  "outbox",
] as const;
export type ShellDialog = (typeof SHELL_DIALOGS)[number];

/** What the parts of the shell share: which dialog is open, one at most, and what is said for a moment. */
export interface Shell {
  readonly dialog: Readonly<ShallowRef<ShellDialog | undefined>>;
  /** A short notice. */
  readonly notice: Readonly<ShallowRef<string | undefined>>;
  open(dialog: ShellDialog): void;
  close(): void;
  /** Shows a short notice for some seconds. */
  notify(text: string): void;
}

export const SHELL: InjectionKey<Shell> = Symbol("shell");
const NOTICE_MS = 4_000;

/** See {@link Shell}. */
export function createShell(): Shell {
  const dialog = shallowRef<ShellDialog>();
  const notice = shallowRef<string>();
  const fade = useTimeoutFn(() => (notice.value = undefined), NOTICE_MS, { immediate: false });
  return {
    dialog,
    notice,
    open(name) {
      dialog.value = name;
    },
    close() {
      dialog.value = undefined;
    },
    notify(text) {
      notice.value = text;
      fade.start();
    },
  };
}

/** The shell around the component. @throws Error outside ShellPage. */
export function useShell(): Shell {
  const shell = inject(SHELL);
  if (!shell) throw new Error("no shell provided");
  return shell;
}
