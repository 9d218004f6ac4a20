import { FLAG, frame, TYPE } from "../fuzz/http2-frames.ts";
import { type Attack, pause, type Tally } from "./attack.ts";
import { openHttp2, type RawHttp2, requestFrame, requestOf, verdictOf } from "./raw-connection.ts";

/** As many as the server allows on one connection, nearly. */
const STREAMS = 250;
const HOLD_MS = 8_000;
const EMPTY_MESSAGE = Buffer.alloc(5);

/** Health/Watch, which ends when the client likes, opened without a token and held. */
export const watchStreams: Attack = {
  name: "watch streams",
  count: 20_000,
  async run(target, count, signal) {
    const tally: Tally = { sent: 0, answered: 0, refused: 0 };
    const connections: RawHttp2[] = [];
    while (tally.sent < count && !signal.aborted) {
      const size = Math.min(STREAMS, count - tally.sent);
      tally.sent += size;
      let answered = 0;
      const connection = await openHttp2(target, (received) => {
        if (verdictOf(received) !== "answered") return;
        answered++;
        tally.answered++;
      });
      if (!connection) continue;
      connections.push(connection);
      const watch = requestOf("/grpc.health.v1.Health/Watch", "application/grpc");
      for (let one = 0; one < size; one++) {
        const stream = connection.nextStream();
        const message = frame(TYPE.data, FLAG.endStream, stream, EMPTY_MESSAGE);
        await connection.write(Buffer.concat([requestFrame(stream, watch, false), message]));
      }
      for (let waited = 0; answered < size && waited < 200 && connection.isOpen(); waited += 5) await pause(5, signal);
    }
    await pause(HOLD_MS, signal);
    tally.refused = tally.sent - tally.answered;
    for (const connection of connections) connection.close();
    return tally;
  },
};
