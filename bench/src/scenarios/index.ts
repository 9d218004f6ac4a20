import type { Scenario } from "../scenario.ts";
import { broadcast } from "./broadcast.ts";
import { direct } from "./direct.ts";
import { fanOut } from "./fan-out.ts";
import { fsyncs } from "./fsyncs.ts";
import { history } from "./history.ts";
import { idle } from "./idle.ts";
import { latency } from "./latency.ts";
import { rebuild } from "./rebuild.ts";
import { resume } from "./resume.ts";
import { servers } from "./servers.ts";

/** All scenarios, in the order of a full run. */
export const SCENARIOS: readonly Scenario[] = [
  fanOut,
  direct,
  fsyncs,
  latency,
  broadcast,
  idle,
  resume,
  history,
  rebuild,
  servers,
];
