import type { Refusal } from "./outcome.ts";

// The refusals that several kinds share; a kind's own stand in its file.

export const MALFORMED: Refusal = {
  reason: "MALFORMED",
  code: "invalid_argument",
  words: () => "That can't be done in this conversation.",
};

export const NO_SUCH_ACTOR: Refusal = {
  reason: "ACCOUNT_REMOVED",
  code: "permission_denied",
  words: () => "Your account was removed.",
};

export const NO_SUCH_PERSON: Refusal = {
  reason: "NO_SUCH_PERSON",
  code: "not_found",
  words: (where) => `There is nobody called ${where}.`,
};

export const NO_SUCH_ROOM: Refusal = {
  reason: "NO_SUCH_ROOM",
  code: "not_found",
  words: (where) => `There is no room ${where}.`,
};

export const NOT_A_MEMBER: Refusal = {
  reason: "NOT_A_MEMBER",
  code: "permission_denied",
  words: (where) => `You are not in ${where}.`,
};

export const NO_SUCH_MESSAGE: Refusal = {
  reason: "NO_SUCH_MESSAGE",
  code: "not_found",
  words: () => "There is no such message.",
  field: "seq",
};

export const MESSAGE_DELETED: Refusal = {
  reason: "MESSAGE_DELETED",
  code: "failed_precondition",
  words: () => "The message was deleted.",
  field: "seq",
};

export const NOT_YOURS: Refusal = {
  reason: "NOT_YOURS",
  code: "permission_denied",
  words: () => "That is for the person who made it.",
};

export const NAME_TAKEN: Refusal = {
  reason: "NAME_TAKEN",
  code: "already_exists",
  words: () => "The name is or was another room's.",
  field: "name",
};

export const HANDLE_TAKEN: Refusal = {
  reason: "HANDLE_TAKEN",
  code: "already_exists",
  words: () => "This name is or was another person's.",
  field: "username",
};

/** Of every event in a record that was written on another past than this log's: its anchor is not in the chain. */
export const OTHER_PAST: Refusal = {
  reason: "OTHER_PAST",
  code: "unavailable",
  words: () => "Not stored: the log went back. Try again.",
};
