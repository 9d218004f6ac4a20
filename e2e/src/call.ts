import { randomUUID } from "node:crypto";

/** What a Connect JSON call came to. */
export interface JsonAnswer {
  readonly status: number;
  readonly requestId: string | null;
  readonly body: Record<string, unknown>;
}

/** Calls a method with JSON, as `curl` would. */
export async function callJson(url: string, method: string, body: unknown, token?: string): Promise<JsonAnswer> {
  const response = await fetch(`${url}/chat.v1.${method}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...(token !== undefined && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify(body),
  });
  return {
    status: response.status,
    requestId: response.headers.get("x-request-id"),
    body: (await response.json()) as Record<string, unknown>,
  };
}

/** Signs a demo user in. */
export async function tokenOf(url: string, login: string): Promise<string> {
  const { body } = await callJson(url, "AuthService/Login", { login, password: "000000" });
  return (body as { session: { accessToken: string } }).session.accessToken;
}

/** The fields that an error's BadRequest detail names. */
export function fieldsOf({ body }: JsonAnswer): string[] {
  const details = (body["details"] ?? []) as { type: string; debug?: { fieldViolations?: { field: string }[] } }[];
  return details.flatMap(({ debug }) => (debug?.fieldViolations ?? []).map(({ field }) => field));
}

/** A SendMessage request. */
export function message(
  to: string,
  text: string,
  clientId: string = randomUUID(),
): { to: string; text: string; clientId: string } {
  return { to, text, clientId };
}
