import { workClientId } from "../client-id.ts";
import type { Projection } from "../projection/projection.ts";
import type { SubmitEvent } from "../projection/submit-event.ts";
import { refusalError } from "../refusal-error.ts";

/** Deletions that are under way at a time: they share records. */
const BATCH = 256;

/**
 * Deletes every message of a person, wherever it stands: for the removal of their account. May be cut off and begun again.
 * @throws ChatError where a message could not be deleted; what {@link SubmitEvent} throws
 */
export function createMessageDeletion(options: {
  projection: Projection;
  submit: SubmitEvent;
}): (person: number) => Promise<void> {
  const { projection, submit } = options;
  const select = projection.database.prepare(
    "SELECT seq FROM message WHERE sender = ? AND seq > ? ORDER BY seq LIMIT ?",
  );

  async function deleteOne(person: number, seq: number): Promise<void> {
    const message = projection.messages.row(seq);
    if (!message || message.deleted) return;
    const { outcome } = await submit({
      actor: person,
      clientId: workClientId(`removal ${person} ${seq}`),
      conversation: message.conversation,
      kind: { case: "messageDeleted", value: { seq: BigInt(seq) } },
    });
    // Another server that goes on with the same removal may have been faster, with the message or with the person.
    const isDone =
      projection.messages.row(seq)?.deleted !== false || projection.state.person(person)?.removed !== false;
    if (outcome.kind === "refused" && !isDone) throw refusalError(outcome.refusal, "");
  }

  return async (person) => {
    for (let after = 0; ;) {
      const rows = select.all(person, after, BATCH) as { seq: number }[];
      await Promise.all(rows.map(({ seq }) => deleteOne(person, seq)));
      const last = rows.at(-1);
      if (!last) return;
      after = last.seq;
    }
  };
}
