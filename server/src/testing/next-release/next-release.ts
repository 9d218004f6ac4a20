import { clone, create, createFileRegistry } from "@bufbuild/protobuf";
import {
  FieldDescriptorProto_Label,
  FieldDescriptorProto_Type,
  FieldDescriptorProtoSchema,
  file_google_protobuf_timestamp,
  FileDescriptorProtoSchema,
} from "@bufbuild/protobuf/wkt";
import type * as eventModule from "@chat/proto/chat/log/v1/event";
import type * as chatServiceModule from "@chat/proto/chat/v1/chat_service";
import type { KindRules } from "../../domain/kind-rules.ts";
import type * as kindsModule from "../../domain/kinds.ts";
import type { Proposal, SubmitEvent } from "../../projection/submit-event.ts";
import type * as submitEventModule from "../../projection/submit-event.ts";

// A release after this one, for tests of two releases side by side: each function takes what a module of this release exports and gives what the next one's
// would. It pins by a kind of its own, which needs version 2 of the record format, and has a kind that version 1 can express, by which people note something
// about a message: a note stands among the message's versions.

/** Its kinds, by their numbers. */
export const FLAGGED = 40;
export const NOTED = 41;

/** A reaction with this emoji is a note. */
export const NOTE_EMOJI = "📝";

/** The highest version of the record format that it reads. */
export const NEXT_FORMAT = 2;

export function nextRecordFormat(): { RECORD_FORMAT_VERSION: number } {
  return { RECORD_FORMAT_VERSION: NEXT_FORMAT };
}

export function nextEvent({ file_chat_log_v1_event: file }: typeof eventModule): { EventSchema: unknown } {
  const proto = clone(FileDescriptorProtoSchema, file.proto);
  const event = proto.messageType.find(({ name }) => name === "Event");
  const field = (name: string, jsonName: string, number: number, typeName: string): number | undefined =>
    event?.field.push(
      create(FieldDescriptorProtoSchema, {
        name,
        jsonName,
        number,
        typeName,
        label: FieldDescriptorProto_Label.OPTIONAL,
        type: FieldDescriptorProto_Type.MESSAGE,
        oneofIndex: 0,
      }),
    );
  field("message_flagged", "messageFlagged", FLAGGED, ".chat.log.v1.MessagePinned");
  field("message_noted", "messageNoted", NOTED, ".chat.log.v1.ReactionAdded");
  const registry = createFileRegistry(proto, () => file_google_protobuf_timestamp);
  return { EventSchema: registry.getMessage("chat.log.v1.Event") };
}

export function nextKinds({ KINDS: kinds }: Pick<typeof kindsModule, "KINDS">): {
  KINDS: object;
  rulesOf: (kind: string) => unknown;
} {
  /** A kind that is added within a version is always admitted, and changes no row that streams carry and nothing that decides what other rules answer. */
  const messageNoted: KindRules<"reactionAdded"> = {
    number: NOTED,
    since: 1,
    by: "person",
    admit: () => undefined,
    changes(state, fact, { seq: message, emoji: text }) {
      const noted = state.message(Number(message));
      if (!noted || noted.deleted) return [];
      const { seq: replacedBy, clientId, at } = fact;
      return [{ put: "version", row: { message: noted.seq, replacedBy, clientId, text, at } }];
    },
    erased: (value) => ({ ...value, emoji: "" }),
  };
  const messageFlagged = { ...kinds.messagePinned, number: FLAGGED, since: NEXT_FORMAT };
  const all: Readonly<Record<string, unknown>> = { ...kinds, messageFlagged, messageNoted };
  return { KINDS: all, rulesOf: (kind) => all[kind] };
}

/** Its kinds have causes that clients of this release know. */
export function nextCauses({ CauseSchema: causes }: Pick<typeof chatServiceModule, "CauseSchema">): {
  CauseSchema: { readonly values: readonly { readonly name: string; readonly number: number }[] };
} {
  const numberOf = (name: string): number => causes.values.find((value) => value.name === name)?.number ?? 0;
  const values = [
    ...causes.values,
    { name: "CAUSE_MESSAGE_FLAGGED", number: numberOf("CAUSE_MESSAGE_PINNED") },
    { name: "CAUSE_MESSAGE_NOTED", number: 0 },
  ];
  return { CauseSchema: { ...causes, values } };
}

export function nextSubmitEvent({ createSubmitEvent }: Pick<typeof submitEventModule, "createSubmitEvent">): {
  createSubmitEvent: typeof submitEventModule.createSubmitEvent;
} {
  return {
    createSubmitEvent(options): SubmitEvent {
      const submit = createSubmitEvent(options);
      return (proposal) => submit({ ...proposal, kind: nextKind(proposal.kind) });
    },
  };
}

function nextKind(kind: Proposal["kind"]): Proposal["kind"] {
  if (kind.case === "messagePinned") return { ...kind, case: "messageFlagged" } as unknown as Proposal["kind"];
  if (kind.case === "reactionAdded" && kind.value.emoji === NOTE_EMOJI)
    return { ...kind, case: "messageNoted" } as unknown as Proposal["kind"];
  return kind;
}
