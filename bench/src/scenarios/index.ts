import type { Scenario } from "../scenario.ts";
import { direct } from "./direct.ts";
import { fanOut } from "./fan-out.ts";

/** All scenarios, in the order of a full run. */
export const SCENARIOS: readonly Scenario[] = [fanOut, direct];
