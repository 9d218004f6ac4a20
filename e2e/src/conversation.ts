import { expect } from "vitest";
import { callJson, type JsonAnswer, message } from "./call.ts";
import type { ServerProcess } from "./harness.ts";
import { framesUntilCaughtUp, isRow } from "./subscribe.ts";

// What the tests of logs do as mehdi, who writes to mehdi1.

/** Records that a new log begins with: each demo user is added by one. */
export const DEMO_RECORDS = 3;

/** What a server says of itself. */
export const readyz = async ({ url }: ServerProcess): Promise<string> => (await fetch(`${url}/readyz`)).text();

/** Sends one text. */
export function send(server: ServerProcess, token: string, text: string): Promise<JsonAnswer> {
  return callJson(server.url, "ChatService/SendMessage", message("@mehdi1", text), token);
}

/** Sends texts one after another, each in a record of its own, and returns them. */
export async function sendAll(server: ServerProcess, token: string, name: string, count: number): Promise<string[]> {
  const texts = Array.from({ length: count }, (_, index) => `${name}${index}`);
  for (const text of texts) expect((await send(server, token, text)).status).toBe(200);
  return texts;
}

/** Asks for the conversation. */
export function list(server: ServerProcess, token: string): Promise<JsonAnswer> {
  return callJson(server.url, "ChatService/ListMessages", { conversation: "@mehdi1", pageSize: 100 }, token);
}

/** The texts of the conversation. */
export async function textsOf(server: ServerProcess, token: string): Promise<string[]> {
  const { status, body } = await list(server, token);
  expect(status).toBe(200);
  return (body as { messages?: { text: string }[] }).messages?.map(({ text }) => text) ?? [];
}

/** Why a cursor is not honoured; undefined where it is. Of a stream that is reset nothing else may come. */
export async function resetOf(server: ServerProcess, token: string, cursor: string): Promise<string | undefined> {
  const frames = await framesUntilCaughtUp(server.url, token, cursor);
  const reset = frames.find(({ payload }) => payload.case === "reset")?.payload;
  expect(frames.filter(({ payload }) => isRow(payload.case))).toEqual([]);
  return reset?.case === "reset" ? reset.value.reason : undefined;
}
