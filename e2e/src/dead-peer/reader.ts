// Runs in a network namespace of its own: opens one Subscribe stream over HTTP/1.1 and one over HTTP/2, says "reading", and reads for ever.
import { connect as connectHttp2 } from "node:http2";
import { request } from "node:http";
import { once } from "node:events";
import { PassThrough, type Readable } from "node:stream";

const [url = "", token = "", ...protocols] = process.argv.slice(2);
const PATH = "/chat.v1.ChatService/Subscribe";
const EMPTY = new Uint8Array(5);
const headers = { authorization: `Bearer ${token}` };

/** It stays when its own system gives the connection up, for its end would take the virtual cable with it. */
const ignore = (): void => {};

async function overHttp1(): Promise<Readable> {
  const call = request(`${url}${PATH}`, {
    method: "POST",
    headers: { ...headers, "content-type": "application/grpc-web+proto" },
  });
  call.on("error", ignore);
  call.end(EMPTY);
  const [response] = (await once(call, "response")) as [Readable];
  return response.on("error", ignore);
}

async function overHttp2(): Promise<Readable> {
  const session = connectHttp2(url).on("error", ignore);
  const call = session.request({
    ...headers,
    ":method": "POST",
    ":path": PATH,
    "content-type": "application/grpc",
    te: "trailers",
  });
  call.on("error", ignore);
  call.end(EMPTY);
  await once(call, "response");
  return call.pipe(new PassThrough());
}

setInterval(ignore, 60_000);
process.stdin.once("data", () => {
  const opening = protocols.map((protocol) => (protocol === "http1" ? overHttp1() : overHttp2()));
  Promise.all(opening).then(
    async (streams) => {
      await Promise.all(streams.map((stream) => once(stream, "data")));
      for (const stream of streams) stream.resume();
      process.stdout.write("reading\n");
    },
    (error: unknown) => {
      process.stderr.write(`${String(error)}\n`);
      process.exit(1);
    },
  );
});
