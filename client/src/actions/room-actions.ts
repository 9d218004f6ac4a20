import type { ChatConversation } from "../row-types.ts";
import type { ActionRules } from "./action-rules.ts";

/** What a person does with rooms. `room` is an address or an id. */
export type RoomAction =
  | { readonly kind: "create-room"; readonly name: string; readonly title: string; readonly topic: string }
  | {
      readonly kind: "update-room";
      readonly room: string;
      readonly name?: string;
      readonly title?: string;
      readonly topic?: string;
    }
  | { readonly kind: "join"; readonly room: string }
  | { readonly kind: "leave"; readonly room: string };

type Rules = { readonly [Kind in RoomAction["kind"]]: ActionRules<ActionOf<Kind>, ChatConversation> };
type ActionOf<Kind> = Extract<RoomAction, { readonly kind: Kind }>;

/** The actions on rooms. Which rooms are in the list until an action is stored says `views/select-conversations.ts`. */
export const ROOM_ACTIONS: Rules = {
  "create-room": {
    call: (service, { name, title, topic }, clientId, options) =>
      service.createRoom({ name, title, topic, clientId }, options),
    words: ({ name }) => `make #${name}`,
    refused: "The room was not created.",
  },
  "update-room": {
    call: (service, { kind: _, ...change }, clientId, options) => service.updateRoom({ ...change, clientId }, options),
    over: (room, { name, title, topic }) => ({
      ...room,
      ...(name !== undefined && { address: `#${name}` }),
      ...(title !== undefined && { title: title || name || room.address.slice(1) }),
      ...(topic !== undefined && { topic }),
    }),
    words: ({ room, name, title, topic }) =>
      `change ${room}: ${[name === undefined ? [] : `#${name}`, title ?? [], topic ?? []].flat().join(", ")}`,
    refused: "The room was not changed.",
  },
  join: {
    call: (service, { room }, clientId, options) => service.joinRoom({ room, clientId }, options),
    words: ({ room }) => `join ${room}`,
    refused: "You did not join the room.",
  },
  leave: {
    call: (service, { room }, clientId, options) => service.leaveRoom({ room, clientId }, options),
    words: ({ room }) => `leave ${room}`,
    refused: "You did not leave the room.",
  },
};
