import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { monotonicMs } from "../figures.ts";
import { call, type CallError } from "../setup/call.ts";
import type { Person } from "../setup/people.ts";

/** Sends messages at a steady rate, whatever the answers take, and tries each until it is acknowledged. */
export interface Sender {
  /** When each acknowledged message was first sent, by seq. */
  readonly sent: Map<number, number>;
  /** Messages refused for good. */
  readonly failed: readonly string[];
  /** Sends no more; resolves when all that were sent are answered. */
  stop(): Promise<void>;
}

const RETRY_MS = 100;

/** Starts one. Each message goes to the next of the servers. @param options.text by default some 100 characters */
export function startSender(options: {
  urls: readonly string[];
  people: readonly Person[];
  to: string;
  perSecond: number;
  text?: string;
}): Sender {
  const { urls, people, to, text = "x".repeat(100) } = options;
  const sent = new Map<number, number>();
  const failed: string[] = [];
  const pending = new Set<Promise<void>>();
  let count = 0;
  let due = monotonicMs();

  async function send(number: number): Promise<void> {
    const at = monotonicMs();
    const message = { to, text: `${number} ${text}`, clientId: randomUUID() };
    const token = people[number % people.length]?.token;
    for (let attempt = number; ; attempt++) {
      try {
        const url = urls[attempt % urls.length] ?? "";
        const answer = await call<{ message: { seq: string } }>(url, "ChatService/SendMessage", message, token);
        return void sent.set(Number(answer.message.seq), at);
      } catch (error) {
        const { code } = error as CallError;
        if (code !== "unavailable" && code !== "resource_exhausted" && code !== "deadline_exceeded")
          return void failed.push(String(error));
        await delay(RETRY_MS);
      }
    }
  }

  const timer = setInterval(() => {
    for (; due <= monotonicMs(); due += 1_000 / options.perSecond) {
      const sending = send(count++);
      pending.add(sending);
      void sending.finally(() => pending.delete(sending));
    }
  }, 2);
  return {
    sent,
    failed,
    async stop() {
      clearInterval(timer);
      await Promise.all(pending);
    },
  };
}
