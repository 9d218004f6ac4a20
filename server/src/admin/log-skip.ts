import { ChatError } from "../errors.ts";
import { digestOf } from "../log/chain.ts";
import { decodeRecord, encodeReplacement } from "../log/record-codec.ts";
import { FIRST_FORMAT } from "../log/record-format.ts";
import type { AdminCommand } from "./command.ts";
import { withEngine } from "./with-engine.ts";

/**
 * Puts a record that says so in the place of one that servers can't read. Servers that stand before it go on by themselves. One that can be read is not
 * skipped: servers that have applied it would differ from those that come after.
 */
export const logSkip: AdminCommand = {
  name: "log skip",
  usage: "SEQUENCE --reason TEXT --yes",
  summary: "skip a record that servers can't read; the log keeps when and why",
  async run({ config, args, reason, yes, say, logger, signal, now }) {
    const [text = "", ...rest] = args;
    if (!/^[1-9]\d*$/.test(text) || rest.length > 0)
      throw new ChatError("invalid_argument", "Which record? npm run admin -- log skip SEQUENCE --reason TEXT --yes");
    if (reason === undefined || reason.trim() === "")
      throw new ChatError("invalid_argument", "Say why, for those who read the log later: --reason TEXT");
    const sequence = Number(text);
    await withEngine({ config, logger, signal }, async ({ log }) => {
      const record = await log.get(sequence, { signal });
      if (!record)
        throw new ChatError(
          "not_found",
          `There is no record ${sequence}: the log ends at ${await log.head({ signal })}, or it is missing.`,
        );
      const why = whyUnreadable(record);
      if (why === undefined)
        throw new ChatError(
          "failed_precondition",
          `Record ${sequence} can be read. It is not skipped: servers that applied it would differ from the others.`,
        );
      say(`Record ${sequence}, ${record.length} bytes: ${why}`);
      if (!yes)
        throw new ChatError(
          "failed_precondition",
          "Its bytes are removed for good. To do so, say it again with --yes.",
        );
      const skipped = { atMs: now(), reason };
      const digest = digestOf(record);
      await log.replace(
        sequence,
        encodeReplacement({
          origin: "",
          batch: 0,
          events: [],
          anchor: undefined,
          version: FIRST_FORMAT,
          digest,
          skipped,
        }),
      );
      say(`Record ${sequence} is skipped. Servers that stand before it go on within seconds.`);
    });
  },
};

function whyUnreadable(record: Uint8Array): string | undefined {
  try {
    decodeRecord(record);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
