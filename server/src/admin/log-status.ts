import { ChatError } from "../errors.ts";
import { assertSameLog } from "../log/continuity.ts";
import { chainOf } from "../log/read-chain.ts";
import type { AdminCommand } from "./command.ts";
import { withEngine } from "./with-engine.ts";

/** Says how the log stands and whether the read model beside it is of that log. */
export const logStatus: AdminCommand = {
  name: "log status",
  usage: "",
  summary: "the log's end, epoch and chain, and whether the read model in DATA_DIR agrees",
  async run({ say, signal, ...context }) {
    await withEngine({ signal, ...context }, async ({ name, log }, past) => {
      try {
        const head = await log.head({ signal });
        say(`engine      ${name}`);
        say(`epoch       ${log.epoch}`);
        say(`records     ${head}`);
        say(`chain       ${Buffer.from(await chainOf(log, head)).toString("hex")}`);
        if (past === "in-use") return say("read model  in use by a server: its /readyz tells");
        if (!past || past.sequence === 0) return say("read model  none");
        say(`read model  ${past.sequence} records of epoch ${past.epoch}`);
        await assertSameLog(log, past, { signal });
        say("            of this log");
      } catch (error) {
        if (!(error instanceof ChatError) || error.code !== "data_loss") throw error;
        throw new ChatError("data_loss", `The log is not in order: ${error.message}`, { cause: error });
      }
    });
  },
};
