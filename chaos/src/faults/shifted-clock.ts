// Loaded into a chat server before everything else (`--import`): its wall clock can be moved while it runs. CHAOS_CLOCK_FILE holds the offset in ms,
// read at start and at each SIGUSR2. The monotonic clock (performance.now, timers) stays as it is, as it does when a real wall clock jumps.
import { readFileSync } from "node:fs";

const RealDate = Date;
const clock = { offsetMs: 0 };

function read(): void {
  const file = process.env["CHAOS_CLOCK_FILE"];
  if (file !== undefined) clock.offsetMs = Number(readFileSync(file, "utf8")) || 0;
}

class ShiftedDate extends RealDate {
  constructor(...parts: []) {
    if (parts.length === 0) super(ShiftedDate.now());
    else super(...parts);
  }
  static override now(): number {
    return RealDate.now() + clock.offsetMs;
  }
}

read();
process.on("SIGUSR2", read);
globalThis.Date = ShiftedDate as DateConstructor;
