import { once } from "node:events";
import { createServer as createHttp1 } from "node:http";
import { createServer as createHttp2 } from "node:http2";
import { type AddressInfo, connect } from "node:net";
import { expect, it } from "vitest";
import { acceptHttp2 } from "./plain-and-h2c.ts";

/** What an HTTP/2 client begins with: the preface and empty settings. */
const OPENING = Buffer.concat([
  Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
  Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]),
]);

it("lets go of an HTTP/2 connection as soon as its peer closes it, without a word to say so", async () => {
  const http1 = createHttp1();
  const http2 = createHttp2();
  acceptHttp2({ http1, http2, onHttp1: () => {} });
  http1.listen(0, "127.0.0.1");
  await once(http1, "listening");
  const began = once(http2, "session");
  const socket = connect((http1.address() as AddressInfo).port, "127.0.0.1");
  socket.write(OPENING);
  const [session] = (await began) as [{ readonly destroyed: boolean } & NodeJS.EventEmitter];
  await once(socket, "data");
  const ended = once(session, "close");
  socket.end(); // what the system sends for a process that was killed
  await ended;
  expect(session.destroyed).toBe(true);
  await new Promise((closed) => http1.close(closed));
});
