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

/** Somebody who is signed in. */
export interface SignedIn {
  readonly token: string;
  /** Person id, as JSON writes it. */
  readonly id: string;
}

/** Signs a demo user in, or whoever has that password. */
export async function signIn(url: string, login: string, password = "000000"): Promise<SignedIn> {
  const { body } = await callJson(url, "AuthService/Login", { login, password });
  const { session } = body as { session: { accessToken: string; user: { id: string } } };
  return { token: session.accessToken, id: session.user.id };
}

/** The access token of a demo user. */
export const tokenOf = async (url: string, login: string): Promise<string> => (await signIn(url, login)).token;

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
