/** Attacks a server, as another machine would, in a process of its own that gives way to the server. */
import { constants, setPriority } from "node:os";
import { ATTACKS, type AttackTarget, type Tally } from "@chat/e2e/siege/attacks";
import { startMisuse } from "@chat/e2e/siege/misuse";
import { serve } from "./worker.ts";

/** What can be asked of it. */
export type AttackProcess = ReturnType<typeof createCommands>;

function createCommands() {
  return {
    /** Makes one attack of those there are and tells what came of it. */
    async attack(input: { name: string; target: AttackTarget; count: number; maxMs: number }): Promise<Tally> {
      const attack = ATTACKS.find(({ name }) => name === input.name);
      if (!attack) throw new Error(`there is no attack ${input.name}`);
      return attack.run(input.target, input.count, AbortSignal.timeout(input.maxMs));
    },
    /** Does with one account what it can, for so long. */
    async misuse(input: { name: string; target: AttackTarget; forMs: number }): Promise<Tally> {
      return startMisuse(input.name, input.target, AbortSignal.timeout(input.forMs));
    },
  };
}

// On a machine of its own it would take no processor time from the server and from those whose answers are timed.
setPriority(constants.priority.PRIORITY_LOW);
serve(createCommands());
