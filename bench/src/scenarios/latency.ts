import { startLoad } from "../load/load-process.ts";
import { inRounds } from "../rounds.ts";
import type { Comparison, Scenario } from "../scenario.ts";
import type { Contender } from "../servers/contender.ts";
import { pairs, PAIRS } from "./pairs.ts";

const PER_SECOND = 300;

const CONTENDERS = [
  { name: "ours nats grpc-web", server: "ours", protocol: "grpc-web", nats: "unsynced" },
  { name: "ours nats grpc", server: "ours", protocol: "grpc", nats: "unsynced" },
  { name: "socket.io jetstream", server: "socket.io", protocol: "socket.io", nats: "unsynced" },
  { name: "ours nats-synced grpc-web", server: "ours", protocol: "grpc-web", nats: "synced" },
  { name: "socket.io jetstream-synced", server: "socket.io", protocol: "socket.io", nats: "synced" },
  { name: "ours embedded grpc-web", server: "ours", protocol: "grpc-web" },
] as const satisfies readonly Contender[];

function compare(percentile: "p50" | "p99", ours: string, peer: string, target?: number): Comparison {
  return {
    label: `publish to receive at ${PER_SECOND}/s, ${percentile}: ${ours} / ${peer}`,
    metric: `${percentile} µs`,
    ours: { contender: ours, variant: "" },
    peer: { contender: peer, variant: "" },
    ...(target !== undefined && { target: { is: "at most", value: target } }),
  };
}

/** How long a message takes from hand to eye at a moderate load. */
export const latency: Scenario = {
  name: "latency",
  title: `${PER_SECOND} direct messages a second, sent at fixed times: from the time a message was meant to leave to its delivery`,
  async run(context) {
    const windowMs = context.quick ? 1_000 : 4_000;
    await using load = startLoad();
    const samples = await inRounds<number>(
      {
        contenders: CONTENDERS,
        variants: [""],
        start: () => ({ people: 2 * PAIRS }),
        open: ({ target, people }) => load.run("open", { target, ...pairs(people) }),
        async measure(_running, session) {
          const result = await load.run("openLoop", { session, perSecond: PER_SECOND, windowMs });
          return {
            "p50 µs": result.latency.p50,
            "p99 µs": result.latency.p99,
            "p99.9 µs": result.latency.p999,
            "max µs": result.latency.max,
            "CPU µs per message": result.cpuUs / result.sent,
            refused: result.refused,
            lost: result.sent - result.delivered,
          };
        },
        close: (session) => load.run("close", { session }),
      },
      context,
    );
    return {
      samples,
      comparisons: [
        compare("p99", "ours nats grpc-web", "socket.io jetstream", 1),
        compare("p99", "ours nats grpc", "socket.io jetstream", 1),
        compare("p99", "ours nats-synced grpc-web", "socket.io jetstream-synced", 1),
        compare("p50", "ours nats grpc-web", "socket.io jetstream"),
        compare("p50", "ours nats grpc", "socket.io jetstream"),
      ],
      columns: ["p50 µs", "p99 µs", "p99.9 µs", "max µs", "CPU µs per message", "refused", "lost"],
      notes: ["The load process looks at its clock every millisecond, so half of one is in every figure."],
    };
  },
};
