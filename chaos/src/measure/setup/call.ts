import { Agent, request } from "node:http";

const CALL_TIMEOUT_MS = 30_000;
const agent = new Agent({ keepAlive: true, maxSockets: 256 });

/** A call that did not work: its Connect code, or `unavailable` without an answer. */
export class CallError extends Error {
  override readonly name = "CallError";
  readonly code: string;

  constructor(code: string, message: string) {
    super(`${code}: ${message}`);
    this.code = code;
  }
}

/** Calls a method with JSON over the Connect protocol. @throws CallError */
export function call<T>(url: string, method: string, body: unknown, token?: string): Promise<T> {
  const bytes = Buffer.from(JSON.stringify(body));
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const headers = {
    "content-type": "application/json",
    "content-length": bytes.length,
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
  };
  const asked = request(`${url}/chat.v1.${method}`, { method: "POST", agent, headers, timeout: CALL_TIMEOUT_MS });
  asked.on("timeout", () => asked.destroy(new Error("no answer in time")));
  asked.on("error", (error) => reject(new CallError("unavailable", error.message)));
  asked.on("response", (response) => {
    const chunks: Buffer[] = [];
    response.on("data", (chunk: Buffer) => chunks.push(chunk));
    response.on("error", (error) => reject(new CallError("unavailable", error.message)));
    response.on("end", () => {
      const text = Buffer.concat(chunks).toString();
      if (response.statusCode === 200) return resolve(JSON.parse(text) as T);
      const { code = "unavailable", message = text } = parsed(text);
      reject(new CallError(code, message));
    });
  });
  asked.end(bytes);
  return promise;
}

function parsed(text: string): { code?: string; message?: string } {
  try {
    return JSON.parse(text) as { code?: string; message?: string };
  } catch {
    return {}; // a proxy's or the starting server's plain text
  }
}
