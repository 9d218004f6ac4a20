import type { ChatConversation } from "@chat/client";
import { defineCommand } from "../command.ts";
import { visibleLine } from "../visible-text.ts";

/** Goes where something new was said, the longest waiting first. */
export const next = defineCommand({
  name: "next",
  summary: "Go where something new was said",
  arguments: [],
  options: {},
  talk: {
    usage: "",
    run({ client, here, notice, end }) {
      const unseen = client.conversations.$state.get().conversations.filter(isNewElsewhere(here));
      const first = unseen.at(-1);
      if (first === undefined) notice("Nothing new elsewhere.");
      else end({ next: "go", address: visibleLine(first.address) });
    },
  },
});

/** Whether there is something unseen in a conversation other than this one. */
export function isNewElsewhere(here: string): (conversation: ChatConversation) => boolean {
  return ({ address, unseen }) => unseen > 0 && address !== here;
}

/** Goes back to the list. */
export const back = defineCommand({
  name: "back",
  summary: "Pick somebody else (Esc)",
  arguments: [],
  options: {},
  talk: { usage: "", run: ({ end }) => end({ next: "pick" }) },
});

/** Ends the program. */
export const quit = defineCommand({
  name: "quit",
  summary: "End (exit, Ctrl-D, twice Ctrl-C)",
  arguments: [],
  options: {},
  talk: { usage: "", run: ({ end }) => end({ next: "quit" }) },
});

/** Shows older messages. */
export const older = defineCommand({
  name: "older",
  summary: "Show older messages (Page Up)",
  arguments: [],
  options: {},
  talk: { usage: "", run: ({ showOlder }) => showOlder() },
});
