import { expect, it, vi } from "vitest";
import { NO_SUCH_MESSAGE } from "../domain/refusals.ts";
import type { SubmitEvent } from "../projection/submit-event.ts";
import { ADA, deleted, posted } from "../testing/events.ts";
import { AB, createWorld } from "../testing/world.ts";
import { createMessageDeletion } from "./delete-messages.ts";

it("ends with an error where a message could not be deleted, and passes over those that are", async () => {
  const { projection, record } = createWorld();
  const [, second] = record(posted(ADA, AB, 1), posted(ADA, AB, 2)) as [number, number];
  const submit = vi.fn<SubmitEvent>(() =>
    Promise.resolve({ seq: 0, outcome: { kind: "refused", refusal: NO_SUCH_MESSAGE } }),
  );
  const deleteMessages = createMessageDeletion({ projection, submit });
  await expect(deleteMessages(ADA)).rejects.toMatchObject({ code: "not_found" });
  submit.mockImplementation(({ kind }) => {
    if (kind.case === "messageDeleted")
      record(deleted(ADA, AB, 100 + submit.mock.calls.length, Number(kind.value.seq)));
    return Promise.resolve({ seq: 0, outcome: { kind: "accepted" } });
  });
  await deleteMessages(ADA);
  expect(projection.messages.row(second)?.deleted).toBe(true);
  const asked = submit.mock.calls.length;
  await deleteMessages(ADA);
  expect(submit).toHaveBeenCalledTimes(asked);
});
