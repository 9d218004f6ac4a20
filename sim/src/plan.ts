import type { Knobs } from "./knobs.ts";
import type { Chance } from "./world/chance.ts";

/** What goes wrong, and for how long it lasts. Places are numbers of servers and clients from 0. */
export type Fault = { readonly atMs: number } & (
  | { readonly kind: "kill server"; readonly server: number; readonly forMs: number }
  | { readonly kind: "restart server"; readonly server: number; readonly forMs: number }
  | { readonly kind: "stop leader"; readonly forMs: number }
  | { readonly kind: "cut log"; readonly server: number }
  | { readonly kind: "silence log"; readonly server: number; readonly forMs: number }
  | { readonly kind: "cut client"; readonly client: number }
  | { readonly kind: "silence client"; readonly client: number; readonly server: number; readonly forMs: number }
  | { readonly kind: "crash client"; readonly client: number }
  | { readonly kind: "cut watches"; readonly server: number; readonly forMs: number }
  | { readonly kind: "move log"; readonly forMs: number }
);

/** How long everybody is busy, and what goes wrong meanwhile. Shrinking makes it smaller. */
export interface Plan {
  readonly activeMs: number;
  readonly faults: readonly Fault[];
}

/** Servers and clients of every world. */
export const SERVERS = 3;
export const CLIENTS = 8;

const KINDS = [
  "kill server",
  "kill server",
  "restart server",
  "stop leader",
  "stop leader",
  "cut log",
  "silence log",
  "cut client",
  "silence client",
  "crash client",
  "crash client",
  "cut watches",
] as const;

/** Draws what goes wrong in so much time. */
export function drawPlan(chance: Chance, knobs: Knobs, activeMs: number): Plan {
  const faults: Fault[] = [];
  let atMs = 0;
  for (;;) {
    atMs += chance.between(...knobs.faultPauseMs);
    if (atMs >= activeMs) break;
    const forMs = chance.pick([50, 500, 3_000]) * chance.between(0.5, 1.5);
    const server = chance.int(0, SERVERS - 1);
    const client = chance.int(0, CLIENTS - 1);
    const kind = chance.pick(KINDS);
    switch (kind) {
      case "stop leader":
        faults.push({ atMs, kind, forMs: chance.between(...knobs.electionMs) });
        break;
      case "silence client":
        faults.push({ atMs, kind, client, server, forMs: chance.happens(0.1) ? 45_000 : forMs });
        break;
      case "cut client":
      case "crash client":
        faults.push({ atMs, kind, client });
        break;
      case "cut log":
        faults.push({ atMs, kind, server });
        break;
      case "kill server":
      case "restart server":
      case "silence log":
      case "cut watches":
        faults.push({ atMs, kind, server, forMs });
        break;
    }
  }
  if (knobs.movesLog) faults.push({ atMs: activeMs * chance.between(0.3, 0.7), kind: "move log", forMs: 500 });
  return { activeMs, faults: faults.sort((one, other) => one.atMs - other.atMs) };
}
