import { once } from "node:events";
import { mkdtemp, mkdir, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { begin, type Edge, eventually, openDescriptors, openEdge } from "../testing/edge.ts";
import { createWebApp } from "./web-app.ts";

/** More than the kernel takes of an answer that is not read. */
const BIG = Buffer.alloc(8_000_000, "x");
/** More than an HTTP/2 client takes before it reads. */
const MEDIUM = Buffer.alloc(300_000, "x");

describe("the web app", () => {
  let directory: string;
  let edge: Edge;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "chat-web-"));
    await mkdir(join(directory, "assets"));
    await writeFile(join(directory, "index.html"), "<p>app</p>");
    await writeFile(join(directory, "index.html.br"), "brotli");
    await writeFile(join(directory, "index.html.gz"), "gzip");
    await writeFile(join(directory, "favicon.svg"), "<svg/>");
    await writeFile(join(directory, "assets/big-1.js"), BIG);
    await writeFile(join(directory, "assets/medium-1.js"), MEDIUM);
    const webApp = createWebApp({ directory });
    edge = await openEdge({ handler: (request, response) => webApp(request, response) });
  });
  afterEach(async () => {
    await edge[Symbol.asyncDispose]();
    await rm(directory, { recursive: true, force: true });
  });
  const ask = (path: string, headers: Record<string, string> = {}, method = "GET") =>
    fetch(`http://127.0.0.1:${edge.port}${path}`, { method, headers: { "accept-encoding": "identity", ...headers } });

  it("has files, and its page for every path of the app", async () => {
    for (const path of ["/", "/index.html", "/c/general", "/c/a%20b?x=1"]) {
      const answer = await ask(path);
      expect([path, answer.status, await answer.text()]).toEqual([path, 200, "<p>app</p>"]);
      expect(answer.headers.get("content-type")).toBe("text/html;charset=utf-8");
      expect(answer.headers.get("cache-control")).toBe("no-cache");
      expect(answer.headers.get("cross-origin-resource-policy")).toBe("same-origin");
    }
    const asset = await ask("/assets/big-1.js");
    expect(asset.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
    expect((await asset.arrayBuffer()).byteLength).toBe(BIG.length);
  });

  it("has no page for files that are not there", async () => {
    for (const path of [
      "/.env",
      "/.git/config",
      "/c/.hidden",
      "/assets/old.js",
      "/index.html.map",
      "/%2e%2e/x.ts",
      "/%",
    ]) {
      const answer = await ask(path);
      expect([path, answer.status]).toEqual([path, 404]);
    }
    const icon = await ask("/favicon.ico");
    expect([icon.status, icon.headers.get("content-type")]).toEqual([200, "image/svg+xml"]);
  });

  it("sends what the reader has not got, in a form the reader takes", async () => {
    const { headers } = await ask("/");
    const etag = headers.get("etag") ?? "";
    expect((await ask("/", { "if-none-match": etag })).status).toBe(304);
    expect((await ask("/", { "if-none-match": 'W/"other"' })).status).toBe(200);
    const head = await ask("/", {}, "HEAD");
    expect([head.headers.get("content-length"), await head.text()]).toEqual(["10", ""]);
    const forms = ["gzip, br", "gzip", "br;q=0, gzip", "identity"].map(async (accepted) => {
      const stream = begin(await edge.http2(), { "accept-encoding": accepted });
      const [answer] = (await once(stream, "response")) as [Record<string, string>];
      return answer["content-encoding"];
    });
    expect(await Promise.all(forms)).toEqual(["br", "gzip", "gzip", undefined]);
    expect((await ask("/", {}, "POST")).status).toBe(405);
  });

  it("opens no descriptor for readers who leave, over either version of HTTP", async () => {
    const before = openDescriptors();
    for (let round = 0; round < 4; round++) {
      const sockets = await Promise.all(
        Array.from({ length: 25 }, async () => {
          const socket = connect(edge.port, "127.0.0.1").on("error", () => {});
          socket.write("GET /assets/big-1.js HTTP/1.1\r\nHost: x\r\n\r\n");
          await once(socket, "data");
          return socket;
        }),
      );
      for (const socket of sockets) socket.destroy();
    }
    const session = await edge.http2();
    for (let round = 0; round < 10; round++) {
      const streams = Array.from({ length: 20 }, () => begin(session, { ":path": "/assets/medium-1.js" }));
      await Promise.all(streams.map((stream) => once(stream, "response")));
      for (const stream of streams) stream.close(8);
    }
    session.destroy();
    await eventually(() => edge.listener.inUse.connections === 0 && edge.listener.inUse.call === 0);
    await eventually(() => openDescriptors() <= before, `${openDescriptors()} descriptors, ${before} before`);
    expect(edge.handled()).toBe(300);
  });

  it("goes on as it was when another build replaces its files", async () => {
    await rm(directory, { recursive: true });
    expect((await ask("/")).status).toBe(200);
    expect((await (await ask("/assets/big-1.js")).arrayBuffer()).byteLength).toBe(BIG.length);
  });
});

it("says how to build the web app where there is none", async () => {
  const webApp = createWebApp({ directory: "/nonexistent" });
  await using edge = await openEdge({ handler: (request, response) => webApp(request, response) });
  const answer = await fetch(`http://127.0.0.1:${edge.port}/`);
  expect([answer.status, await answer.text()]).toEqual([404, expect.stringContaining("npm run build")]);
});
