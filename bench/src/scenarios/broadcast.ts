import { startLoad } from "../load/load-process.ts";
import { inRounds } from "../rounds.ts";
import type { Comparison, Scenario } from "../scenario.ts";
import type { Contender } from "../servers/contender.ts";

const ROOM = "#bench";
const STREAMS = 1_000;
const METRIC = "p50 ms to the last";

const CONTENDERS = [
  { name: "ours nats grpc-web", server: "ours", protocol: "grpc-web", nats: "unsynced" },
  { name: "ours nats grpc", server: "ours", protocol: "grpc", nats: "unsynced" },
  { name: "ours embedded grpc-web", server: "ours", protocol: "grpc-web" },
  { name: "socket.io", server: "socket.io", protocol: "socket.io" },
  { name: "floor http1", server: "floor", protocol: "floor-http1" },
  { name: "floor http2", server: "floor", protocol: "floor-http2" },
] as const satisfies readonly Contender[];

function compare(ours: string, peer: string, target?: number): Comparison {
  return {
    label: `one message to ${STREAMS} streams, time to the last: ${ours} / ${peer}`,
    metric: METRIC,
    ours: { contender: ours, variant: "" },
    peer: { contender: peer, variant: "" },
    ...(target !== undefined && { target: { is: "at most", value: target } }),
  };
}

/** How long the last of many waits. */
export const broadcast: Scenario = {
  name: "broadcast",
  title: `One message to ${STREAMS} streams, from the sender's write to the last delivery`,
  async run(context) {
    const streams = context.quick ? 100 : STREAMS;
    const windowMs = context.quick ? 300 : 1_500;
    await using load = startLoad();
    const samples = await inRounds<number>(
      {
        contenders: CONTENDERS,
        variants: [""],
        start: () => ({ people: streams, room: ROOM }),
        async open({ target, people }) {
          const senders = people.slice(0, 1).map((identity) => ({ identity, to: ROOM }));
          return load.run("open", { target, readers: people, room: ROOM, senders });
        },
        async measure(_running, session) {
          const { latency, cpuUs, turns } = await load.run("fanOut", { session, perTurn: 1, windowMs });
          return {
            [METRIC]: latency.p50 / 1_000,
            "p99 ms to the last": latency.p99 / 1_000,
            "CPU ms per broadcast": cpuUs / turns / 1_000,
          };
        },
        close: (session) => load.run("close", { session }),
      },
      context,
    );
    return {
      samples,
      comparisons: [
        compare("ours nats grpc-web", "floor http1", 2),
        compare("ours nats grpc", "floor http2", 2),
        compare("ours embedded grpc-web", "floor http1", 2),
        compare("ours nats grpc-web", "socket.io"),
      ],
      columns: [METRIC, "p99 ms to the last", "CPU ms per broadcast"],
      notes: ["The readers' own work is in every figure, and the same in all of them."],
    };
  },
};
