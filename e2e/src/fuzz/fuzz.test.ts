import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { fault } from "./answer.ts";
import { canaryIn, canaryOf, numberCanaryOf } from "./canary.ts";
import { loadMethods, pathOf } from "./contract.ts";
import { createInputs } from "./inputs.ts";
import { createLogWatch } from "./log-watch.ts";
import { bytesOf, shrink } from "./shrink.ts";

const COUNT = 3_000;

describe("the fuzzer", () => {
  it("makes the same inputs from the same seed, and others from another", async () => {
    const methods = await loadMethods();
    const made = (seed: number): string => {
      const inputOf = createInputs(seed, methods);
      const hash = createHash("sha256");
      for (let number = 0; number < COUNT; number++) {
        const input = inputOf(number);
        hash.update(bytesOf(input)).update(JSON.stringify({ ...input, body: "", pieces: [] }));
      }
      return hash.digest("hex");
    };
    expect(made(1)).toBe(made(1));
    expect(made(1)).not.toBe(made(2));
  });

  it("calls every method in every protocol and codec, and both versions of HTTP byte by byte", async () => {
    const methods = await loadMethods();
    const inputOf = createInputs(1, methods);
    const inputs = Array.from({ length: COUNT }, (_, number) => inputOf(number));
    const calls = new Set(
      inputs.flatMap((input) => (input.kind === "call" ? [`${input.path} ${input.protocol} ${input.codec}`] : [])),
    );
    for (const method of methods)
      for (const protocol of ["grpc", "grpc-web", "connect"])
        for (const codec of ["proto", "json"]) expect(calls).toContain(`${pathOf(method)} ${protocol} ${codec}`);
    expect(new Set(inputs.map(({ kind }) => kind))).toEqual(new Set(["call", "http1", "http2"]));
  });

  it.each([
    ["HTTP 500", 500, {}, ""],
    ["a status of gRPC", 200, { "content-type": "application/grpc", "grpc-status": "13" }, ""],
    ["trailers of gRPC-web", 200, { "content-type": "application/grpc-web" }, "\x80\0\0\0\x10grpc-status: 13\r"],
    ["an error of Connect", 400, { "content-type": "application/json" }, '{"code":"internal"}'],
    [
      "an end of Connect's stream",
      200,
      { "content-type": "application/connect+json" },
      '\x02\0\0\0\x1c{"error":{"code":"unknown"}} ',
    ],
  ])("sees INTERNAL or UNKNOWN in %s", (_what, status, headers, body) => {
    expect(fault({ state: "answered", status, headers, body: Buffer.from(body, "latin1") })).toBeDefined();
  });

  it("takes a refusal for what it is", () => {
    const headers = { "content-type": "application/json" };
    const body = Buffer.from('{"code":"resource_exhausted"}');
    expect(fault({ state: "answered", status: 429, headers, body })).toBeUndefined();
  });

  it("sees errors, lines that are none, and what an input said, in the log", () => {
    let output = '{"level":"error","msg":"before"}\n';
    const log = createLogWatch(() => output);
    output += '{"level":"info","msg":"fine"}\n{"level":"error","requestId":"fuzz-5","msg":"bad"}\nRaw\n  stack\n';
    output += `{"level":"info","msg":"${canaryOf(7)}"}\n{"level":"info","msg":"not yet`;
    expect(log.take().map(({ kind, input }) => [kind, input])).toEqual([
      ["log-error", 5],
      ["log-raw", undefined],
      ["log-leak", 7],
    ]);
    expect(canaryIn(numberCanaryOf(12))).toBe(12);
  });

  it("makes what fails as small as it goes", async () => {
    const input = {
      kind: "http1",
      number: 1,
      what: "",
      pieces: [Buffer.from("aaaaXbbbb")],
      answers: 0,
      isCut: false,
    } as const;
    const smallest = await shrink(input, (one) => Promise.resolve(bytesOf(one).includes("X")), 5_000);
    expect(bytesOf(smallest).toString()).toBe("X");
  });
});
