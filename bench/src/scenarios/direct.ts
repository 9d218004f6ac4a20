import { startLoad } from "../load/load-process.ts";
import { inRounds } from "../rounds.ts";
import type { Comparison, Scenario } from "../scenario.ts";
import type { Contender } from "../servers/contender.ts";
import { pairs, PAIRS } from "./pairs.ts";

const METRIC = "CPU µs per message";
/** Messages before anything is measured: a slow minute must not show the contender with more code half compiled. */
const WARM_UP = 8_000;
const THROUGHPUT = "messages/s";

const CONTENDERS = [
  { name: "ours nats connect", server: "ours", protocol: "connect", nats: "unsynced" },
  { name: "ours nats grpc-web", server: "ours", protocol: "grpc-web", nats: "unsynced" },
  { name: "ours nats grpc", server: "ours", protocol: "grpc", nats: "unsynced" },
  { name: "socket.io jetstream", server: "socket.io", protocol: "socket.io", nats: "unsynced" },
  { name: "ours nats-synced connect", server: "ours", protocol: "connect", nats: "synced" },
  { name: "ours nats-synced grpc-web", server: "ours", protocol: "grpc-web", nats: "synced" },
  { name: "ours nats-synced grpc", server: "ours", protocol: "grpc", nats: "synced" },
  { name: "socket.io jetstream-synced", server: "socket.io", protocol: "socket.io", nats: "synced" },
  { name: "ours embedded grpc-web", server: "ours", protocol: "grpc-web" },
  { name: "floor http1", server: "floor", protocol: "floor-http1" },
  { name: "floor http2", server: "floor", protocol: "floor-http2" },
] as const satisfies readonly Contender[];

function cpu(ours: string, peer: string, target: number): Comparison {
  return {
    label: `direct, CPU: ${ours} / ${peer}`,
    metric: METRIC,
    ours: { contender: ours, variant: "" },
    peer: { contender: peer, variant: "" },
    target: { is: "at most", value: target },
  };
}

function throughput(ours: string, peer: string, target?: number): Comparison {
  return {
    label: `direct, throughput: ${ours} / ${peer}`,
    metric: THROUGHPUT,
    ours: { contender: ours, variant: "" },
    peer: { contender: peer, variant: "" },
    ...(target !== undefined && { target: { is: "at least", value: target } }),
  };
}

/** A message that is stored before it is acknowledged, and delivered to its one recipient. */
export const direct: Scenario = {
  name: "direct",
  title: `Direct messages of ${PAIRS} senders, each waiting for its answer: stored (and with ours applied) before the answer, delivered to one recipient each`,
  async run(context) {
    const windowMs = context.quick ? 300 : 1_500;
    await using load = startLoad();
    const samples = await inRounds<number>(
      {
        contenders: CONTENDERS,
        variants: [""],
        start: () => ({ people: 2 * PAIRS }),
        // The floor knows no recipients: it answers, and that is all.
        open: ({ contender, target, people }) =>
          load.run("open", { target, ...pairs(people), ...(contender.server === "floor" && { readers: [] }) }),
        async warmUp(_running, session) {
          await load.run("direct", { session, windowMs, atLeast: context.quick ? 0 : WARM_UP });
        },
        async measure({ natsPid }, session) {
          const result = await load.run("direct", { session, windowMs, natsPid });
          return {
            [METRIC]: result.cpuUs / result.messages,
            [THROUGHPUT]: (result.messages * 1_000) / result.elapsedMs,
            "p50 µs": result.latency.p50,
            "p99 µs": result.latency.p99,
            "p99.9 µs": result.latency.p999,
            "NATS CPU µs per message": result.natsCpuUs / result.messages,
            "resident MB": result.residentBytes / 1e6,
            refused: result.refused,
            lost: result.lost,
          };
        },
        close: (session) => load.run("close", { session }),
      },
      context,
    );
    return {
      samples,
      comparisons: [
        cpu("ours nats connect", "socket.io jetstream", 0.8),
        cpu("ours nats grpc-web", "socket.io jetstream", 0.8),
        cpu("ours nats grpc", "socket.io jetstream", 1.2),
        cpu("ours nats-synced connect", "socket.io jetstream-synced", 0.8),
        cpu("ours nats-synced grpc-web", "socket.io jetstream-synced", 0.8),
        cpu("ours nats-synced grpc", "socket.io jetstream-synced", 1.2),
        throughput("ours nats-synced grpc-web", "ours nats grpc-web", 0.5),
        throughput("ours nats grpc-web", "socket.io jetstream"),
        throughput("ours nats-synced grpc-web", "socket.io jetstream-synced"),
      ],
      columns: [
        METRIC,
        THROUGHPUT,
        "p50 µs",
        "p99 µs",
        "p99.9 µs",
        "NATS CPU µs per message",
        "resident MB",
        "refused",
        "lost",
      ],
      notes: [
        "Closed loop: latency is that of this load, not of a given rate; see the scenario `latency`.",
        "The floor reads each request and answers it: no storage, no recipient.",
        "`synced`: NATS syncs every record to the disk before it acknowledges it (`sync_interval: always`).",
      ],
    };
  },
};
