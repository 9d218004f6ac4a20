import { createRandom } from "./random.ts";

/** Who is there and what they do. */
export interface TrafficModel {
  /** People with a stream. */
  readonly users: number;
  /** Servers that hold streams; people are spread over them evenly. */
  readonly gateways: number;
  /** Logs, each with the conversations whose hash falls on it. */
  readonly shards: number;
  /** Part of all messages that go to rooms; the rest is between two people. */
  readonly roomShare: number;
  readonly roomMembersMean: number;
  readonly roomMembersMax: number;
  readonly seed: number;
}

/** What the messages of such a population come to, per message. */
export interface Traffic {
  /** Streams that get a message, the sender's own included. */
  readonly deliveries: number;
  /** Gateways that hold at least one of those streams. */
  readonly gatewaysReached: number;
  /** Messages of the busiest shard over those of the average one. */
  readonly busiestShard: number;
}

const MESSAGES = 30_000;
/** Messages come from rooms in proportion to their size to this power: large rooms are busier, but not per member. */
const BUSY_EXPONENT = 0.5;
const ROOMS_MAX = 20_000;

/**
 * Draws some ten thousand messages and looks where each has to go. Room sizes follow a power law (many small, few large); a message in a room of n members reaches n people,
 * each on the gateway that their own number falls on.
 */
export function drawTraffic(model: TrafficModel): Traffic {
  const random = createRandom(model.seed);
  const rooms = drawRooms(model, random);
  const perShard = new Float64Array(model.shards);
  const seen = new Int32Array(model.gateways).fill(-1);
  let deliveries = 0;
  let reached = 0;
  for (let message = 0; message < MESSAGES; message++) {
    const inRoom = random() < model.roomShare;
    const room = inRoom ? rooms.pick() : 0;
    const members = inRoom ? (rooms.sizes[room] ?? 2) : 2;
    const conversation = inRoom ? room : ROOMS_MAX + Math.floor(random() * model.users * 5);
    const shard = hash(conversation) % model.shards;
    perShard[shard] = (perShard[shard] ?? 0) + 1;
    deliveries += members;
    for (let member = 0; member < members; member++) {
      const gateway = hash(conversation * 7_919 + member) % model.gateways;
      if (seen[gateway] === message) continue;
      seen[gateway] = message;
      reached++;
    }
  }
  return {
    deliveries: deliveries / MESSAGES,
    gatewaysReached: reached / MESSAGES,
    busiestShard: (Math.max(...perShard) * model.shards) / MESSAGES,
  };
}

function drawRooms(
  { users, roomMembersMean, roomMembersMax }: TrafficModel,
  random: () => number,
): { sizes: Float64Array; pick: () => number } {
  const count = Math.max(1, Math.min(ROOMS_MAX, Math.floor(users / 10)));
  const largest = Math.min(roomMembersMax, users);
  // A Pareto distribution with exponent 1.5 has three times its smallest value as its mean.
  const sizes = new Float64Array(count).map(() =>
    Math.round(Math.max(2, Math.min(largest, roomMembersMean / 3 / random() ** (1 / 1.5)))),
  );
  const upTo = new Float64Array(count);
  let total = 0;
  sizes.forEach((size, room) => {
    total += size ** BUSY_EXPONENT;
    upTo[room] = total;
  });
  return {
    sizes,
    pick() {
      const wanted = random() * total;
      let low = 0;
      let high = count - 1;
      while (low < high) {
        const middle = (low + high) >> 1;
        if ((upTo[middle] ?? 0) < wanted) low = middle + 1;
        else high = middle;
      }
      return low;
    },
  };
}

/** A spread-out number for a number (the finaliser of MurmurHash3). */
function hash(value: number): number {
  let mixed = value | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
