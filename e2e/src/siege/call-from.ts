import { type Agent, request } from "node:http";

const CALL_TIMEOUT_MS = 30_000;

/** An answer of a call by Connect's protocol. */
export interface CallAnswer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

/** Calls a method with JSON from a given address; without an agent over a connection of its own. @throws Error without an answer within 30 s */
export function callFrom(
  target: { url: string; localAddress: string; token?: string; agent?: Agent },
  method: string,
  input: unknown,
): Promise<CallAnswer> {
  const bytes = Buffer.from(JSON.stringify(input));
  const { promise, resolve, reject } = Promise.withResolvers<CallAnswer>();
  const { url, localAddress, token, agent } = target;
  const headers = {
    "content-type": "application/json",
    "content-length": bytes.length,
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
  };
  const options = { method: "POST", localAddress, headers, timeout: CALL_TIMEOUT_MS, agent: agent ?? false };
  const asked = request(`${url}/chat.v1.${method}`, options);
  asked.on("timeout", () => asked.destroy(new Error("no answer in 30 s")));
  asked.on("error", reject);
  asked.on("response", (response) => {
    const chunks: Buffer[] = [];
    response.on("data", (chunk: Buffer) => chunks.push(chunk));
    response.on("error", reject);
    response.on("end", () => {
      const text = Buffer.concat(chunks).toString();
      const isJson = response.headers["content-type"]?.startsWith("application/json") === true;
      resolve({ status: response.statusCode ?? 0, body: isJson ? (JSON.parse(text) as Record<string, unknown>) : {} });
    });
  });
  asked.end(bytes);
  return promise;
}
