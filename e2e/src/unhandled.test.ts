import { join } from "node:path";
import { expect, it } from "vitest";
import { callJson, message, tokenOf } from "./call.ts";
import { type ServerProcess, startServer, until } from "./harness.ts";

const PLANT = join(import.meta.dirname, "unhandled/plant.ts");

async function counted(server: ServerProcess): Promise<number> {
  const text = await (await fetch(server.metricsUrl)).text();
  return Number(/^chat_unhandled_errors_total (\d+)$/m.exec(text)?.[1]);
}

it("goes on after errors that nothing handled, counts them, and is not ready once they come in bursts", async () => {
  await using server = await startServer({ env: { NODE_OPTIONS: `--import=${PLANT}` } });
  const { pid } = server;
  const plant = (): void => void process.kill(pid ?? 0, "SIGUSR2");
  for (const count of [1, 2]) {
    plant();
    await until(`${count} are counted`, async () => (await counted(server)) === count);
  }
  expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
  const token = await tokenOf(server.url, "mehdi");
  expect((await callJson(server.url, "ChatService/SendMessage", message("@mehdi1", "still here"), token)).status).toBe(
    200,
  );
  await until("there are many", async () => {
    plant(); // two signals that wait at once are one
    return (await counted(server)) > 20;
  });
  const answer = await fetch(`${server.url}/readyz`);
  expect([answer.status, await answer.text()]).toEqual([503, expect.stringContaining("more than 20 errors")]);
  expect(server.pid).toBe(pid);
  expect(await server.stop()).toBe(0);
});

it("goes on after a call whose error no header can carry", async () => {
  await using server = await startServer();
  const body = Buffer.from('\0\0\0\0\x14{"replyTo":"\\ud800"}', "latin1");
  await fetch(`${server.url}/chat.v1.ChatService/SendMessage`, {
    method: "POST",
    headers: { "content-type": "application/grpc-web+json" },
    body,
    signal: AbortSignal.timeout(5_000),
  }).catch(() => {}); // dropped, or answered: the others are the point
  expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
  expect(await server.stop()).toBe(0);
});
