import type { History } from "../history.ts";
import type { Report } from "./check.ts";
import type { SettledEvent, Truth } from "./truth.ts";

/** The event by which somebody's account goes. */
export const REMOVAL = "personRemoved";

/**
 * Who was removed is sent and shown nothing that happened after it, and where they asked for it none of their messages stands. That nothing of theirs is taken after
 * it, and that no name of theirs is given away, the model says; that an acknowledged removal happened, the check of the operations.
 */
export function checkRemovals({ watches, pages }: History, truth: Truth, report: Report): void {
  for (const { person, seq: at, withMessages } of truth.removed) {
    const isTheirs = ({ user }: { readonly user: string }): boolean => truth.person(user) === person;
    for (const { client, sittings } of watches.filter(isTheirs))
      for (const { key, seq } of sittings.flatMap(({ deliveries }) => deliveries))
        if (seq > at) report("leaked", `${client} got ${key} of ${seq}; its person was removed at ${at}`);
    for (const { client, messages } of pages.filter(isTheirs))
      for (const { key, version } of messages)
        if (version > at) report("leaked", `${client} read ${key} ${version}; its person was removed at ${at}`);
    if (!withMessages) continue;
    for (const { seq } of truth.events.filter(({ actor, asked }) => actor === person && asked.kind === "messagePosted"))
      if (!isDeleted(seq, truth))
        report("kept", `message ${seq} of ${person} stands, who was removed with theirs at ${at}`);
  }
}

/** Whether this deletes a message for the sake of a removal, under a client_id of the server's. */
export function wasDeletedByRemoval({ actor, asked, seq }: SettledEvent, truth: Truth): boolean {
  const removal = truth.removed.find(({ person }) => person === actor);
  return asked.kind === "messageDeleted" && removal?.withMessages === true && seq < removal.seq;
}

function isDeleted(message: number, truth: Truth): boolean {
  const row = truth.timeline.versions(`message/${message}`).at(-1)?.row;
  return row !== undefined && (JSON.parse(row.digest) as unknown[])[DELETED] === true;
}

/** Place in a message's digest: see rows.ts. */
const DELETED = 8;
