import type { Delivery, History, Operation, Page, Sitting, Watch } from "../history.ts";
import type { SeenRow } from "../rows.ts";
import type { RowAt } from "./timeline.ts";
import type { SettledEvent, Truth } from "./truth.ts";

/** A history that a test may spoil. */
export interface Story extends History {
  readonly operations: Operation[];
  readonly watches: (Watch & { sittings: (Sitting & { deliveries: Delivery[] })[] })[];
  readonly pages: Page[];
  readonly rows: SeenRow[];
}

/** Who watches in a test of the checker, and from where to where. */
export interface Cast {
  /** First handles by person. Each has one client, "ada-1". */
  readonly users: ReadonlyMap<number, string>;
  /** Where those who watch have caught up, from the beginning. */
  readonly caughtUpAt: number;
  readonly end: number;
}

/** What was asked for where every accepted event was acknowledged to the one who made it. @param addressOf where to they wrote, for those who wrote one */
export function askedFor(
  { events }: Pick<Truth, "events">,
  { users }: Pick<Cast, "users">,
  addressOf: (event: SettledEvent) => string | undefined,
): Operation[] {
  return events
    .filter(({ actor }) => actor > 0)
    .map((event): Operation => {
      const { actor, clientId, asked, seq } = event;
      const user = users.get(actor) ?? "";
      const to = addressOf(event);
      return {
        client: `${user}-1`,
        user,
        clientId,
        asked: { ...asked, ...(to !== undefined && { to }) },
        result: { kind: "acknowledged", seq },
      };
    });
}

/** What clients see when every promise is kept. */
export function perfectHistory(truth: Truth, operations: readonly Operation[], cast: Cast): Story {
  const { users, caughtUpAt, end } = cast;
  const delivery =
    (isLive: boolean) =>
    ({ seq, row }: RowAt): Delivery => ({ ...row, seq, isLive });
  const watches = [...users].map(([person, user]) => {
    const replayed = [...truth.timeline.changed(person, 0, caughtUpAt).values()].sort(
      (one, other) => one.seq - other.seq,
    );
    const live = truth.timeline.told(person, caughtUpAt, end);
    const deliveries = [...replayed.map(delivery(false)), ...live.map(delivery(true))];
    const told = deliveries.filter(
      ({ key, version }, index) =>
        !key.startsWith("user/") &&
        deliveries.findIndex((each) => each.key === key && each.version === version) === index,
    );
    return {
      client: `${user}-1`,
      user,
      sittings: [{ from: 0, caughtUpAt, to: end, deliveries }],
      told: [...told],
      isWhole: true,
      resets: 0,
      continues: undefined,
    };
  });
  return { operations: [...operations], watches, pages: [], rows: [] };
}
