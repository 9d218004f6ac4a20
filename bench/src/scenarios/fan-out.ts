import { startLoad } from "../load/load-process.ts";
import { inRounds } from "../rounds.ts";
import type { Comparison, Scenario } from "../scenario.ts";
import type { Contender } from "../servers/contender.ts";

const ROOM = "#bench";
const LISTENERS = 500;
/** Messages of one turn: of one record here, of one tick of the event loop elsewhere. */
const PER_TURN = [1, 10] as const;

const CONTENDERS = [
  { name: "ours embedded grpc-web", server: "ours", protocol: "grpc-web" },
  { name: "ours embedded grpc", server: "ours", protocol: "grpc" },
  { name: "ours nats grpc-web", server: "ours", protocol: "grpc-web", nats: "unsynced" },
  { name: "ours nats grpc", server: "ours", protocol: "grpc", nats: "unsynced" },
  { name: "socket.io", server: "socket.io", protocol: "socket.io" },
  { name: "socket.io jetstream", server: "socket.io", protocol: "socket.io", nats: "unsynced" },
  { name: "floor http1", server: "floor", protocol: "floor-http1" },
  { name: "floor http2", server: "floor", protocol: "floor-http2" },
] as const satisfies readonly Contender[];

const METRIC = "CPU µs per delivery";

function compare(ours: string, peer: string, perTurn: number, target: number): Comparison {
  const variant = variantOf(perTurn);
  return {
    label: `fan-out, ${variant}: ${ours} / ${peer}`,
    metric: METRIC,
    ours: { contender: ours, variant },
    peer: { contender: peer, variant },
    target: { is: "at most", value: target },
  };
}

function variantOf(perTurn: number): string {
  return perTurn === 1 ? "1 message a turn" : `${perTurn} messages a turn`;
}

/** What a chat server does all day: one message to everybody in a room. */
export const fanOut: Scenario = {
  name: "fan-out",
  title: `One message to ${LISTENERS} listeners of a room, one and ten messages a turn; the unit is one delivered message`,
  async run(context) {
    const listeners = context.quick ? 50 : LISTENERS;
    const windowMs = context.quick ? 300 : 1_200;
    await using load = startLoad();
    const samples = await inRounds<number>(
      {
        contenders: CONTENDERS,
        variants: PER_TURN.map(variantOf),
        start: () => ({ people: listeners, room: ROOM }),
        async open({ target, people }) {
          const [sender] = people;
          if (!sender) throw new Error("nobody is there");
          return load.run("open", { target, readers: people, room: ROOM, senders: [{ identity: sender, to: ROOM }] });
        },
        async measure(_running, session, variant) {
          const perTurn = variant === variantOf(1) ? 1 : 10;
          const result = await load.run("fanOut", { session, perTurn, windowMs });
          return {
            [METRIC]: result.cpuUs / result.deliveries,
            "deliveries/s": (result.deliveries * 1_000) / result.elapsedMs,
            "p50 µs to the last": result.latency.p50,
            "p99 µs to the last": result.latency.p99,
            "resident MB": result.residentBytes / 1e6,
            "bytes per message": result.messageBytes,
          };
        },
        close: (session) => load.run("close", { session }),
      },
      context,
    );
    return {
      samples,
      comparisons: [
        compare("ours nats grpc-web", "socket.io", 1, 0.9),
        compare("ours nats grpc-web", "socket.io", 10, 0.5),
        compare("ours nats grpc", "socket.io", 1, 1.2),
        compare("ours nats grpc", "socket.io", 10, 0.6),
        compare("ours nats grpc-web", "floor http1", 1, 1.3),
        compare("ours nats grpc-web", "floor http1", 10, 1.3),
        compare("ours nats grpc", "floor http2", 1, 1.3),
        compare("ours nats grpc", "floor http2", 10, 1.3),
        compare("ours embedded grpc-web", "socket.io", 1, 0.9),
        compare("ours embedded grpc-web", "socket.io", 10, 0.5),
        compare("ours embedded grpc", "socket.io", 1, 1.2),
        compare("ours embedded grpc", "socket.io", 10, 0.6),
      ],
      columns: [METRIC, "deliveries/s", "p50 µs to the last", "p99 µs to the last", "resident MB", "bytes per message"],
      notes: [
        "A turn begins when the one before has reached every listener, so each stream is written to once per turn.",
        "The server's whole CPU time counts, the sending side included.",
      ],
    };
  },
};
