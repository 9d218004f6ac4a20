import { loadMethods } from "../fuzz/contract.ts";
import { createDriver } from "../fuzz/drive/driver.ts";
import { createInputs } from "../fuzz/inputs.ts";
import { type Attack, pause, type Tally } from "./attack.ts";

const CLIENTS = 32;
/** An input without an answer holds its client no longer than this. */
const PATIENCE_MS = 1_000;
const SEED = 7;

/** The inputs of `npm run fuzz`, from one address. */
export const fuzzedCalls: Attack = {
  name: "fuzzed calls",
  count: 100_000,
  async run(target, count, signal) {
    const tally: Tally = { sent: 0, answered: 0, refused: 0 };
    const inputOf = createInputs(SEED, await loadMethods());
    const client = async (): Promise<void> => {
      const driver = createDriver({ ...target, token: () => target.token });
      while (tally.sent < count && !signal.aborted) {
        const sending = driver.send(inputOf(tally.sent++));
        const answer = await Promise.race([sending, pause(PATIENCE_MS, signal)]);
        if (answer?.state === "answered" && answer.status === 200) tally.answered++;
        else if (answer?.state !== "given-up") tally.refused++;
      }
      driver.close();
    };
    await Promise.all(Array.from({ length: CLIENTS }, client));
    return tally;
  },
};
