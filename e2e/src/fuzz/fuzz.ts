import { setTimeout as delay } from "node:timers/promises";
import { fault, type Answer } from "./answer.ts";
import { loadMethods } from "./contract.ts";
import { culpritOf, kills } from "./culprit.ts";
import { type Finding, keyOf, placeOf } from "./finding.ts";
import type { Input } from "./input.ts";
import { createInputs } from "./inputs.ts";
import { resourcesOf, settled } from "./resources.ts";
import { type ServerUnderTest, startServerUnderTest } from "./server-under-test.ts";
import { shrink } from "./shrink.ts";

/** A finding, how often it was made, and at which methods, each with the first input there. */
export type Found = Finding & { readonly times: number; readonly places: Map<string, Input> };

/** What a run came to. */
export interface FuzzReport {
  readonly findings: readonly Found[];
  readonly sent: number;
  /** Inputs by what became of them. */
  readonly states: Readonly<Record<string, number>>;
  readonly resources: string;
}

const CLIENTS = 24;
/** Inputs between two looks at the log; a session is good for them. */
const BATCH = 250;
/** After the last answer of a batch, until its lines are written. */
const LOG_MS = 50;
/** Of inputs that were answered before a process ended, so many may be what ended it. */
const SUSPECTS = 24;
const CRASHES_MAX = 5;
const DESCRIPTORS_SLACK = 12;
const RSS_SLACK_BYTES = 400e6;
/** A crash costs a restart with each try that works. */
const SHRINK_CRASH_MS = 30_000;
const SHRINK_MS = 4_000;
const READ_HEADERS_BYTES = 15_000;
const READ_BODY_BYTES = 250_000;
const SETTLE_MS = 15_000;

/** Sends inputs `from` … `from + inputs - 1` of a seed to a server of its own and watches it. @param options.say told how far it is */
export async function fuzz(options: {
  seed: number;
  inputs: number;
  from: number;
  say: (line: string) => void;
}): Promise<FuzzReport> {
  const { seed, from, say } = options;
  const inputOf = createInputs(seed, await loadMethods());
  await using server = await startServerUnderTest(CLIENTS);
  const found = createFindings(server);
  const states: Record<string, number> = {};
  const end = from + options.inputs;
  let next = from;
  let crashes = 0;
  await server.renewToken();
  let before = await resourcesOf(server.pid);
  while (next < end && crashes < CRASHES_MAX) {
    const batchEnd = Math.min(end, next + BATCH);
    const { pending, recent } = await sendBatch(
      server,
      { inputOf, take: () => (next < batchEnd ? next++ : undefined) },
      (input, answer) => {
        states[answer.state] = (states[answer.state] ?? 0) + 1;
        found.judge(input, answer);
      },
    );
    await delay(LOG_MS);
    const inputFor = (number: number | undefined): Input | undefined =>
      number === undefined ? undefined : inputOf(number);
    for (const { kind, input, detail } of server.takeComplaints())
      if (server.isAlive() || !detail.includes("nobody handled")) found.add({ kind, input: inputFor(input), detail });
    if (server.isAlive()) {
      await server.renewToken();
    } else {
      crashes++;
      const detail = lastError(server.lastWords());
      const isNew = !found.has({ kind: "crash", input: undefined, detail });
      await server.revive();
      const culprit = isNew ? await culpritOf(server, [...pending, ...recent.toReversed()]) : undefined;
      found.add({ kind: "crash", input: culprit, detail });
      before = await resourcesOf(server.pid);
    }
    say(`${next - from} of ${options.inputs}`);
  }
  await found.confirm();
  server.disconnect();
  const after = await settled(server.pid, (before?.descriptors ?? 0) + DESCRIPTORS_SLACK, SETTLE_MS);
  const resources =
    before && after
      ? `descriptors ${before.descriptors} → ${after.descriptors}, resident ${mb(before.rssBytes)} → ${mb(after.rssBytes)} MB`
      : "not known here";
  if (before && after && after.descriptors > before.descriptors + DESCRIPTORS_SLACK)
    found.add({ kind: "resources", input: undefined, detail: resources });
  else if (before && after && after.rssBytes > before.rssBytes + RSS_SLACK_BYTES)
    found.add({ kind: "resources", input: undefined, detail: resources });
  return { findings: await found.shrunk(), sent: next - from, states, resources };
}

/** Sends a batch over all clients. Gives what was still on its way when the server ended, and what had been answered last. */
async function sendBatch(
  server: ServerUnderTest,
  source: { inputOf: (number: number) => Input; take: () => number | undefined },
  onAnswer: (input: Input, answer: Answer) => void,
): Promise<{ pending: Input[]; recent: Input[] }> {
  const onItsWay = new Set<Input>();
  const recent: Input[] = [];
  const pending = new Set<Input>();
  const client = async (number: number): Promise<void> => {
    while (server.isAlive()) {
      const next = source.take();
      if (next === undefined) return;
      const input = source.inputOf(next);
      onItsWay.add(input);
      const answer = await server.send(number, input);
      onItsWay.delete(input);
      if (answer.state === "closed" && !answer.isOrderly && !isOversized(input)) await delay(LOG_MS);
      if (!server.isAlive()) pending.add(input);
      else {
        onAnswer(input, answer);
        recent.push(input);
        if (recent.length > SUSPECTS) recent.shift();
      }
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, (_, number) => client(number)));
  return { pending: [...pending], recent };
}

/** Collects what was found, each once, and makes its inputs small. */
function createFindings(server: ServerUnderTest) {
  const found = new Map<string, Found>();

  const add = (finding: Finding): void => {
    const key = keyOf(finding);
    const known = found.get(key);
    const { times, places } = known ?? { times: 0, places: new Map<string, Input>() };
    const { input } = finding;
    if (input && !places.has(placeOf(finding))) places.set(placeOf(finding), input);
    found.set(key, { ...(known ?? finding), times: times + 1, places });
  };
  const judgement = (input: Input, answer: Answer): Finding | undefined => {
    const said = fault(answer);
    if (said !== undefined) return { kind: "fault", input, detail: said };
    const isWhole = input.kind !== "call" || input.delivery === "whole" || input.delivery === "pieces";
    if (!isWhole) return undefined;
    if (answer.state === "silent") return { kind: "no-answer", input, detail: "no answer" };
    if (answer.state === "closed" && !answer.isOrderly && !isOversized(input))
      return { kind: "no-answer", input, detail: `closed: ${answer.how}` };
    return undefined;
  };

  return {
    add,
    has: (finding: Finding): boolean => found.has(keyOf(finding)),
    judge(input: Input, answer: Answer): void {
      const finding = judgement(input, answer);
      if (finding) add(finding);
    },
    /** Drops inputs without an answer that have one when they are sent again: their connection was another's victim, or the machine was busy. */
    async confirm(): Promise<void> {
      for (const [key, finding] of found) {
        if (finding.kind !== "no-answer") continue;
        const { places } = finding;
        await Promise.all(
          [...places].map(async ([place, input], client) => {
            if (judgement(input, await server.send(client, input))?.kind !== "no-answer") places.delete(place);
          }),
        );
        const [input] = places.values();
        if (input) found.set(key, { ...finding, input });
        else found.delete(key);
      }
    },
    /** All, with inputs as small as they could be made. */
    async shrunk(): Promise<Found[]> {
      const shrunk: Found[] = [];
      for (const finding of found.values()) {
        const { kind, input } = finding;
        let smallest = input;
        if (input && kind === "crash")
          smallest = await shrink(input, (smaller) => kills(server, smaller), SHRINK_CRASH_MS);
        else if (input && kind === "fault")
          smallest = await shrink(
            input,
            async (smaller) => judgement(smaller, await server.send(0, smaller))?.kind === kind,
            SHRINK_MS,
          );
        shrunk.push({ ...finding, input: smallest });
      }
      return shrunk;
    },
  };
}

/** What is larger than a server reads may be answered by a reset: what was not read when a socket is closed makes it one. */
function isOversized(input: Input): boolean {
  if (input.kind !== "call") return false;
  const headers = input.headers.reduce((sum, [name, value]) => sum + name.length + value.length, 0);
  return headers > READ_HEADERS_BYTES || input.body.length > READ_BODY_BYTES;
}

function lastError(output: string): string {
  const lines = output.trim().split("\n");
  const fatal = lines.findLast((line) => line.includes('"level":"fatal"')) ?? lines.at(-1) ?? "";
  try {
    const { err, msg } = JSON.parse(fatal) as { err?: { stack?: string }; msg?: string };
    return `${msg ?? ""} | ${err?.stack?.split("\n").slice(0, 6).join(" ") ?? ""}`;
  } catch {
    return fatal.slice(0, 600); // the process ended without a word of its own
  }
}

function mb(bytes: number): number {
  return Math.round(bytes / 1e6);
}
