import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect as connectHttp2 } from "node:http2";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { startServer, until } from "./harness.ts";

it("lets an address open so many health watches, and tells measurements on their own port alone", async () => {
  await using server = await startServer();
  const session = connectHttp2(server.url);
  session.on("error", () => {});
  const statuses: string[] = [];
  for (let count = 0; count < 24; count++) {
    const stream = session.request({
      ":method": "POST",
      ":path": "/grpc.health.v1.Health/Watch",
      "content-type": "application/grpc",
      te: "trailers",
    });
    stream.on("error", () => {});
    stream.on("response", (headers) => statuses.push(String(headers["grpc-status"] ?? "open")));
    stream.end(Buffer.from([0, 0, 0, 0, 0]));
  }
  await until("all are answered", () => statuses.length === 24);
  expect(statuses.filter((status) => status === "open")).toHaveLength(16);
  expect(statuses.filter((status) => status === "8")).toHaveLength(8);
  const text = await (await fetch(server.metricsUrl)).text();
  expect(text).toMatch(/^chat_health_watches 16$/m);
  expect(text).toMatch(/^chat_refused_total\{why="requests"\} 8$/m);
  expect((await fetch(`${server.url}/metrics`)).status).toBe(404);
  session.destroy();
});

it("ends with 1 and a sentence where the data directory can't be used", async () => {
  const directory = await mkdtemp(join(tmpdir(), "chat-e2e-"));
  const file = join(directory, "file");
  await writeFile(file, "");
  await using server = await startServer({ dataDir: file, waitForReady: false });
  expect(await server.ended()).toBe(1);
  expect(server.output()).toMatch(/^The data directory \S+ can't be used: there is a file of that name\. [^\n]+\n$/);
  await rm(directory, { recursive: true });
});
