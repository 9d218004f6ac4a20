import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { connect as connectHttp2 } from "node:http2";
import { get } from "node:https";
import { join } from "node:path";
import { expect, it } from "vitest";
import { createNodeChatClient } from "@chat/client/node";
import { freePorts } from "../../scripts/nats-server/start.ts";
import { startServer } from "./harness.ts";
import { send, stored } from "./sdk.ts";

it("makes a certificate for development, keeps it, and serves both HTTP versions with it", async () => {
  const [tlsPort] = (await freePorts(1)) as [number];
  await using server = await startServer({ env: { TLS: "self-signed", TLS_PORT: String(tlsPort) } });
  const file = join(server.dataDir, "tls/development.crt");
  const ca = await readFile(file, "utf8");
  expect(new X509Certificate(ca).checkHost("localhost")).toBe("localhost");

  const status = await new Promise((resolve, reject) => {
    get({ host: "localhost", port: tlsPort, path: "/readyz", ca }, (response) =>
      resolve(response.resume().statusCode),
    ).on("error", reject);
  });
  expect(status).toBe(200);

  const session = connectHttp2(`https://localhost:${tlsPort}`, { ca });
  await new Promise((resolve, reject) => session.once("connect", resolve).once("error", reject));
  expect(session.alpnProtocol).toBe("h2");
  session.close();

  const client = await createNodeChatClient({ baseUrl: `https://localhost:${tlsPort}`, tls: { ca } });
  expect((await client.session.login({ login: "mehdi", password: "000000" })).handle).toBe("mehdi");
  const item = await send(client, "@mehdi1", "over TLS");
  expect((await stored(client, item.clientId)).text).toBe("over TLS");
  await client.close();

  await server.stop();
  await server.restart();
  expect(await readFile(file, "utf8")).toBe(ca);
});
