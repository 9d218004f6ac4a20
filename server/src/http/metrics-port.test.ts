import { expect, it } from "vitest";
import { createMetrics } from "../metrics.ts";
import { openMetricsPort } from "./metrics-port.ts";

it("tells measurements on a port of their own, and nothing else there", async () => {
  const metrics = createMetrics();
  metrics.gauge("chat_test", "A test", () => 7);
  metrics.counter("chat_refused_total", "Refused", "why")("requests");
  const port = await openMetricsPort({ host: "127.0.0.1", port: 0, render: () => metrics.render() });
  const text = await (await fetch(`http://127.0.0.1:${port.port}/metrics`)).text();
  expect(text).toMatch(/^chat_test 7$/m);
  expect(text).toMatch(/^chat_refused_total\{why="requests"\} 1$/m);
  expect((await fetch(`http://127.0.0.1:${port.port}/`)).status).toBe(404);
  port.close();
});

it("says why it can't be opened", async () => {
  const options = { host: "127.0.0.1", render: () => createMetrics().render() };
  const first = await openMetricsPort({ ...options, port: 0 });
  await expect(openMetricsPort({ ...options, port: first.port })).rejects.toThrow(
    `Port ${first.port} of 127.0.0.1 can't be opened: something else listens there.`,
  );
  first.close();
});

it("computes measurements at most once a second", async () => {
  let time = 0;
  let asked = 0;
  const metrics = createMetrics({
    now: () => time,
    ofAllWorkers: () => (asked++ === 0 ? Promise.reject(new Error("silent")) : Promise.resolve(`n ${asked}`)),
  });
  await expect(metrics.render()).rejects.toThrow("silent");
  const answers = await Promise.all([metrics.render(), metrics.render(), metrics.render()]);
  expect([asked, ...answers.map(({ text }) => text)]).toEqual([2, "n 2", "n 2", "n 2"]);
  time = 999;
  await metrics.render();
  expect(asked).toBe(2);
  time = 1_000;
  await metrics.render();
  expect(asked).toBe(3);
});
