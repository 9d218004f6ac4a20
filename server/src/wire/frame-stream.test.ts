import { once } from "node:events";
import { constants, connect, createServer, type Http2ServerResponse } from "node:http2";
import type { AddressInfo } from "node:net";
import { Code, type ConnectError } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import { toConnectError } from "../rpc/error-mapping.ts";
import { createFrameStream } from "./frame-stream.ts";
import { payload } from "./payload.ts";
import type { FrameStream } from "./wire.ts";

describe("a stream over HTTP/2", () => {
  it("takes what is still written when its client has reset it, says so once, and harms no other stream of the connection", async () => {
    const streams: FrameStream[] = [];
    const ends: (ConnectError | undefined)[] = [];
    const server = createServer((_request, response: Http2ServerResponse) => {
      streams.push(
        createFrameStream({
          response,
          call: {
            protocol: "grpc",
            codec: "binary",
            enveloped: true,
            compression: undefined,
            timeoutMs: undefined,
            fault: undefined,
          },
          requestId: "r",
          toConnectError,
          onEnded: (error) => void ends.push(error),
        }),
      );
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const requests = [session.request({ ":path": "/" }), session.request({ ":path": "/" })];
    const [leaving, staying] = requests as [(typeof requests)[0], (typeof requests)[0]];
    let text = "";
    staying.on("data", (chunk: Buffer) => (text += chunk.toString()));
    while (streams.length < 2) await once(server, "request");
    const both = (word: string): void => streams.forEach((stream) => stream.write(payload(Buffer.from(word))));
    both("one ");
    await once(leaving, "data");
    leaving.close(constants.NGHTTP2_CANCEL);
    for (let turn = 0; ends.length === 0; turn++) {
      both(`${turn} `);
      await new Promise(setImmediate);
    }
    both("last");
    streams[1]?.end();
    await once(staying, "end");
    expect(text).toMatch(/^one 0 .*last$/);
    expect(ends.map((error) => error?.code)).toEqual([Code.Canceled, undefined]);
    session.destroy();
    server.close();
  });
});
