import type { LogKnobs } from "./log/log-store.ts";
import type { Latency } from "./net/link.ts";
import type { Chance } from "./world/chance.ts";

/** What varies from seed to seed. */
export interface Knobs {
  readonly log: LogKnobs;
  readonly logLatency: Latency;
  readonly clientLatency: Latency;
  /** How wrong servers' clocks are at most, in ms. */
  readonly clockSkewMs: number;
  /** Between two actions of one client, in ms. */
  readonly pauseMs: readonly [number, number];
  /** Between two faults, in ms. */
  readonly faultPauseMs: readonly [number, number];
  /** How long nobody leads the log after its leader stopped, in ms. */
  readonly electionMs: readonly [number, number];
  /** Of so many of a thousand operations on the buckets the answer is lost. */
  readonly loseBucketAnswerPerMille: number;
  /** Of so many of a thousand signals between servers. */
  readonly loseSignalPerMille: number;
  /** Of a hundred deaths, how many nobody is told of. */
  readonly silentDeathPercent: number;
  /** Of a hundred deaths of a server, how many take what the file system had not written. */
  readonly powerLossPercent: number;
  /** Multiplies the rates of accounts and addresses; 0 lifts them. */
  readonly limitsFactor: number;
  /** How long an access token is good, in ms. */
  readonly tokenLifeMs: number;
  /** How many accounts, addresses, tokens and handles a server remembers, of each. */
  readonly remembered: number;
  /** Whether the log is moved to another engine once: the same records under another epoch. */
  readonly movesLog: boolean;
}

/** Draws a world's knobs. */
export function drawKnobs(chance: Chance): Knobs {
  const fast = chance.happens(0.5);
  return {
    log: {
      syncMs: fast ? [0.05, 1] : [0.5, 25],
      repeatWindowMs: chance.pick([120_000, 120_000, 2_000]),
      doubledPerMille: chance.pick([0, 5, 20]),
      answersBeforeSync: false,
    },
    logLatency: { min: 0.1, max: chance.pick([1, 5, 40]), slowPerMille: chance.pick([0, 10, 50]) },
    clientLatency: { min: 0.2, max: chance.pick([3, 30, 120]), slowPerMille: chance.pick([0, 10, 50]) },
    clockSkewMs: chance.pick([0, 50, 2_000]),
    pauseMs: chance.pick([
      [40, 160],
      [100, 500],
      [300, 1_200],
    ]),
    faultPauseMs: chance.pick([
      [200, 1_000],
      [800, 3_000],
    ]),
    electionMs: chance.pick([
      [50, 800],
      [500, 4_000],
      [4_000, 8_000],
    ]),
    loseBucketAnswerPerMille: chance.pick([0, 5, 30]),
    loseSignalPerMille: chance.pick([0, 100]),
    silentDeathPercent: chance.pick([0, 20, 60]),
    powerLossPercent: chance.pick([0, 50]),
    limitsFactor: chance.pick([0, 0, 1, 0.04]),
    tokenLifeMs: chance.pick([600_000, 70_000]),
    remembered: chance.pick([2, 8, 64]),
    movesLog: chance.happens(0.15),
  };
}
