import type { OutboxAction } from "@chat/client";
import { parseRoomName } from "@chat/client/address";
import { LogOut, Settings2 } from "@lucide/vue";
import type { Component } from "vue";
import type { ConversationHead } from "../conversation/use-conversation.ts";
import { asyncPart } from "../dialog/async-part.ts";
import { ROOM_FIELDS, type RoomField } from "./room-fields.ts";

/** What a member can do with a room, in the order of the buttons in its header. */
export interface RoomMenuItem {
  readonly name: string;
  readonly label: string;
  readonly icon: Component;
  /** Whether it is for this person. @param own person id */
  isFor(head: ConversationHead, own: number): boolean;
  /** What opens: a form, or a dialog of its own. */
  readonly opens: RoomForm | Component;
}

/** A form whose answers make an action. */
export interface RoomForm {
  readonly fields: readonly RoomField[];
  readonly title: string;
  readonly text: string;
  readonly submit: string;
  /** What stands in the fields at first. */
  filled(head: ConversationHead): Readonly<Record<string, string>>;
  /** @param room address or id */
  action(room: string, input: Readonly<Record<string, string>>, before: Readonly<Record<string, string>>): OutboxAction;
}

const SETTINGS: RoomForm = {
  fields: ROOM_FIELDS,
  title: "Room settings",
  text: "Links with the old name go on working.",
  submit: "Save",
  filled: ({ address, title, topic }) => ({
    name: address.slice(1),
    // The title of a room without one is its name.
    title: title === address.slice(1) ? "" : title,
    topic,
  }),
  action(room, input, before) {
    const typed = input["name"] ?? "";
    const name = parseRoomName(typed) ?? typed;
    const [title, topic] = [(input["title"] ?? "").trim(), (input["topic"] ?? "").trim()];
    return {
      ...{ kind: "update-room", room },
      ...(name !== before["name"] && { name }),
      ...(title !== before["title"] && { title }),
      ...(topic !== before["topic"] && { topic }),
    };
  },
};

export const ROOM_MENU: readonly RoomMenuItem[] = [
  {
    name: "settings",
    label: "Room settings",
    icon: Settings2,
    isFor: ({ creator }, own) => creator === own,
    opens: SETTINGS,
  },
  {
    name: "leave",
    label: "Leave room",
    icon: LogOut,
    isFor: () => true,
    opens: asyncPart(() => import("./RoomLeaveDialog.vue")),
  },
];

export function isForm(opens: RoomForm | Component): opens is RoomForm {
  return "fields" in opens;
}
