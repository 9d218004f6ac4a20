import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from "node:http2";
import type { Answer } from "../answer.ts";
import { TOKEN } from "../headers.ts";
import type { CallInput } from "../input.ts";
import { ANSWER_MS, BODY_MAX_BYTES, HALF_MS, STREAM_MS } from "./limits.ts";
import type { Target } from "./target.ts";

/** Sends calls over HTTP/2, one at a time over a connection that is used again until the server closes it. */
export function createHttp2Calls(target: Target): { send(input: CallInput): Promise<Answer>; close(): void } {
  const { host, port, localAddress } = target;
  let session: ClientHttp2Session | undefined;
  let wasToldToGo = false;

  function connected(): ClientHttp2Session {
    if (session && !session.closed && !session.destroyed) return session;
    wasToldToGo = false;
    const opened = connect(`http://${host}:${port}`, { localAddress } as never);
    opened.on("error", () => {}); // the stream tells
    opened.on("goaway", () => (wasToldToGo = true));
    session = opened;
    return opened;
  }

  function send(input: CallInput): Promise<Answer> {
    const { promise, resolve } = Promise.withResolvers<Answer>();
    const { body, delivery, isStream } = input;
    const list = [
      [":method", input.verb],
      [":scheme", "http"],
      [":path", input.path],
      [":authority", `${host}:${port}`],
      ...input.headers.map(([name, value]) => [name, value.replace(TOKEN, target.token())] as const),
    ];
    let stream: ClientHttp2Stream;
    try {
      stream = connected().request(list.flat() as never, { endStream: body.length === 0 });
    } catch {
      return Promise.resolve({ state: "given-up" }); // no client sends such a header
    }
    let received: Record<string, string> = {};
    let status = 0;
    const chunks: Buffer[] = [];
    let length = 0;
    const settle = (answer: Answer): void => {
      clearTimeout(timer);
      resolve(answer);
    };
    const giveUp = (): void => {
      settle({ state: "given-up" });
      stream.close(constants.NGHTTP2_CANCEL);
    };
    const answered = (): void => settle({ state: "answered", status, headers: received, body: Buffer.concat(chunks) });
    const timer = setTimeout(() => {
      settle({ state: "silent" });
      stream.close(constants.NGHTTP2_CANCEL);
    }, ANSWER_MS);
    stream.on("error", () => {}); // 'close' tells
    stream.on("response", (headers) => {
      received = { ...headers } as Record<string, string>;
      status = Number(headers[":status"]);
      if (!isStream) return;
      setTimeout(() => {
        answered();
        stream.close(constants.NGHTTP2_CANCEL);
      }, STREAM_MS);
    });
    stream.on("trailers", (trailers) => (received = { ...received, ...(trailers as Record<string, string>) }));
    stream.on("data", (chunk: Buffer) => {
      length += chunk.length;
      if (length <= BODY_MAX_BYTES) chunks.push(chunk);
    });
    stream.on("close", () => {
      if (status > 0) return answered();
      const code = stream.rstCode ?? 0;
      const isOrderly = wasToldToGo || (code > 0 && code !== constants.NGHTTP2_INTERNAL_ERROR);
      settle({ state: "closed", how: `reset with ${code}`, isOrderly });
    });
    const half = body.subarray(0, Math.floor(body.length / 2));
    switch (delivery) {
      case "whole":
        stream.end(body);
        break;
      case "pieces":
        stream.write(half);
        setTimeout(() => stream.end(body.subarray(half.length)), 2);
        break;
      case "half":
        stream.write(half);
        setTimeout(giveUp, HALF_MS);
        break;
      case "cut":
        stream.write(half);
        setImmediate(giveUp);
        break;
      case "reset":
        stream.end(body);
        setImmediate(giveUp);
        break;
    }
    return promise;
  }

  return { send, close: () => session?.destroy() };
}
