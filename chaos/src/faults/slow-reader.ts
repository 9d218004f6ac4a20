import type { Fault } from "./fault.ts";

/** A reader stops reading while more comes in for it than the server holds for anybody. */
export const slowReader: Fault = {
  name: "slow-reader",
  lane: "clients",
  lasts: [6, 10],
  async inject({ slowReader: reader }) {
    return reader.stall();
  },
};
