import { inject, shallowRef, type InjectionKey, type ShallowRef } from "vue";

/** The dialogs that any part of the shell may open. */
export const SHELL_DIALOGS = ["new-chat", "switcher", "shortcuts", "create-room"] as const;
export type ShellDialog = (typeof SHELL_DIALOGS)[number];

/** What the parts of the shell share: which dialog is open, one at most. */
export interface Shell {
  readonly dialog: Readonly<ShallowRef<ShellDialog | undefined>>;
  open(dialog: ShellDialog): void;
  close(): void;
}

export const SHELL: InjectionKey<Shell> = Symbol("shell");

/** See {@link Shell}. */
export function createShell(): Shell {
  const dialog = shallowRef<ShellDialog>();
  return {
    dialog,
    open(name) {
      dialog.value = name;
    },
    close() {
      dialog.value = undefined;
    },
  };
}

/** The shell around the component. @throws Error outside ShellPage. */
export function useShell(): Shell {
  const shell = inject(SHELL);
  if (!shell) throw new Error("no shell provided");
  return shell;
}
