import type { MessageInitShape } from "@bufbuild/protobuf";
import { BadRequestSchema } from "@chat/proto/google/rpc/error_details";
import { Code, type ConnectError } from "@connectrpc/connect";
import type { Logger } from "pino";
import { ChatError } from "../errors.ts";
import type { WireReport } from "../wire/exchange.ts";
import { NO_SUCH_FIELD } from "../wire/json-faults.ts";
import { createSampler } from "./sampler.ts";

/** A call as it ended, over whichever way it was answered. */
export type CallReport = Omit<WireReport, "protocol"> & { readonly protocol: string };

/** Lines a second about one address and one reason; what comes beyond is counted. */
const LINES_PER_SECOND = 5;

/** Field names that are logged of one refused call. */
const FIELDS_MAX = 5;

/**
 * Logs calls: those that went well at `debug`, refused ones at `info`, ours to mend at `error` with the cause. Each refused one names the client's address, the
 * account where it is known, and the reason. Never a secret or a text: of what the caller got wrong only the names of fields. Refused calls are sampled by
 * address and reason, so that no caller decides how fast the log grows.
 *
 * @param options.clock ms of a clock that never goes back
 */
export function createCallLog(options: { logger: Logger; clock: () => number }): (report: CallReport) => void {
  const { logger } = options;
  const sampler = createSampler({
    perSecond: LINES_PER_SECOND,
    clock: options.clock,
    onLeftOut: ({ address, code }, leftOut) =>
      logger.info({ address, code, leftOut }, "refused calls left out of the log"),
  });

  return (report) => {
    const { path, asked, protocol, requestId, address, error, durationMs } = report;
    const level = levelOf(error);
    if (!logger.isLevelEnabled(level)) return;
    const code = error ? Code[error.code] : "Ok";
    if (level !== "debug" && !sampler.admits({ address, code })) return;
    const account = report.account ?? accountOf(error);
    const entry = {
      call: asked ?? path,
      protocol,
      requestId,
      address,
      ...(account !== undefined && { account }),
      code,
      ms: Math.round(durationMs * 10) / 10,
      ...(error && reasonOf(error)),
      ...(level === "error" && { err: error?.cause ?? error }),
    };
    logger[level](entry, "call");
  };
}

function levelOf(error: ConnectError | undefined): "debug" | "info" | "error" {
  if (!error || error.code === Code.Canceled) return "debug";
  return [Code.Internal, Code.Unknown, Code.DataLoss].includes(error.code) ? "error" : "info";
}

/** Whose account a refused call was about, where the caller has not signed in. */
function accountOf({ cause }: Partial<ConnectError> = {}): string | undefined {
  return cause instanceof ChatError ? cause.details.account : undefined;
}

/** Our own words; where they may repeat the caller's, the names of the fields instead. */
function reasonOf(error: ConnectError): { reason?: string; fields?: string[] } {
  if (error.code !== Code.InvalidArgument && error.code !== Code.Unimplemented) return { reason: error.rawMessage };
  const violations = error.details.flatMap((detail) =>
    "desc" in detail && detail.desc.typeName === BadRequestSchema.typeName
      ? ((detail.value as MessageInitShape<typeof BadRequestSchema>).fieldViolations ?? [])
      : [],
  );
  // A name that no field has is the caller's own.
  const fields = violations
    .slice(0, FIELDS_MAX)
    .map(({ field, description }) => (description === NO_SUCH_FIELD ? "(unknown)" : (field ?? "")));
  return fields.length > 0 ? { fields } : { reason: error.code === Code.Unimplemented ? "unknown call" : "malformed" };
}
