import type { People } from "../people/people.ts";
import type { History } from "../projection/history.ts";
import type { Projection } from "../projection/projection.ts";
import type { SubmitEvent } from "../projection/submit-event.ts";
import type { ReadAfter } from "./read-after.ts";

/** What the calls of ChatService stand on. */
export interface ChatDependencies {
  readonly projection: Projection;
  readonly history: History;
  readonly submit: SubmitEvent;
  readonly people: People;
  /** @throws ChatError `unavailable` while what is applied here is not yet, or no longer, fit to answer from. */
  readonly assertServing: () => void;
  readonly readAfter: ReadAfter;
}

/** Who calls. */
export interface CallContext {
  /** Person id. */
  readonly person: number;
}
