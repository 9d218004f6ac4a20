import { Agent, request } from "node:http";
import type { Answer } from "../answer.ts";
import { TOKEN } from "../headers.ts";
import type { CallInput } from "../input.ts";
import { ANSWER_MS, BODY_MAX_BYTES, HALF_MS, STREAM_MS } from "./limits.ts";
import type { Target } from "./target.ts";

/** Sends calls over HTTP/1.1, over connections that are used again. */
export function createHttp1Calls(target: Target): { send(input: CallInput): Promise<Answer>; close(): void } {
  const agent = new Agent({ keepAlive: true });

  function once(input: CallInput): Promise<Answer & { readonly wasUsed?: boolean }> {
    const { promise, resolve } = Promise.withResolvers<Answer & { readonly wasUsed?: boolean }>();
    const { body, delivery, isStream } = input;
    const { host, port, localAddress } = target;
    const list = [
      ["host", `${host}:${port}`],
      ...(body.length > 0 || input.verb === "POST" ? [["content-length", String(body.length)] as const] : []),
      ...input.headers.map(([name, value]) => [name, value.replace(TOKEN, target.token())] as const),
    ];
    let asked: ReturnType<typeof request>;
    try {
      const headers = list.flat();
      asked = request({ host, port, localAddress, agent, method: input.verb, path: input.path, headers });
    } catch {
      return Promise.resolve({ state: "given-up" }); // no client sends such a header
    }
    const settle = (answer: Answer & { readonly wasUsed?: boolean }): void => {
      clearTimeout(timer);
      resolve(answer);
    };
    const timer = setTimeout(() => {
      settle({ state: "silent" });
      asked.destroy();
    }, ANSWER_MS);
    asked.on("error", (error: NodeJS.ErrnoException) =>
      settle({ state: "closed", how: error.code ?? error.message, isOrderly: false, wasUsed: asked.reusedSocket }),
    );
    asked.on("close", () => settle({ state: "closed", how: "the connection ended", isOrderly: false }));
    asked.on("upgrade", (_response, socket) => {
      settle({ state: "given-up" });
      socket.destroy();
    });
    asked.on("response", (response) => {
      const chunks: Buffer[] = [];
      let length = 0;
      let isOver = false;
      const answered = (): void => {
        if (isOver) return;
        isOver = true;
        const headers = { ...response.headers, ...response.trailers } as Record<string, string>;
        settle({ state: "answered", status: response.statusCode ?? 0, headers, body: Buffer.concat(chunks) });
        if (!response.complete) asked.destroy();
      };
      response.on("data", (chunk: Buffer) => {
        length += chunk.length;
        if (length <= BODY_MAX_BYTES) chunks.push(chunk);
      });
      response.on("error", answered);
      response.on("end", answered);
      if (isStream) setTimeout(answered, STREAM_MS);
    });
    const half = body.subarray(0, Math.floor(body.length / 2));
    switch (delivery) {
      case "whole":
        asked.end(body);
        break;
      case "pieces":
        asked.write(half);
        setTimeout(() => asked.end(body.subarray(half.length)), 2);
        break;
      case "half":
        asked.write(half);
        setTimeout(() => {
          settle({ state: "given-up" });
          asked.socket?.end();
          setTimeout(() => asked.destroy(), HALF_MS);
        }, 2);
        break;
      case "cut":
        asked.write(half, () => {
          settle({ state: "given-up" });
          asked.destroy();
        });
        break;
      case "reset":
        asked.end(body, () => {
          settle({ state: "given-up" });
          asked.socket?.resetAndDestroy();
          asked.destroy();
        });
        break;
    }
    return promise;
  }

  return {
    async send(input) {
      const answer = await once(input);
      // A connection that was used before may have been closed while the request was on its way.
      return answer.state === "closed" && answer.wasUsed === true ? once(input) : answer;
    },
    close: () => agent.destroy(),
  };
}
