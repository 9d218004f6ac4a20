import { LIMIT_DEFAULTS } from "../../../server/src/limits/settings.ts";
import { drawTraffic, type Traffic } from "./traffic.ts";
import type { UnitCosts } from "./unit-costs.ts";

/** What people do, and what machines cost. Each is an assumption, and named in the document. */
export const ASSUMPTIONS = {
  /** Messages that one connected person sends in an hour, at the busiest time of the day. */
  messagesPerUserHour: 20,
  roomShare: 0.5,
  roomMembersMean: 15,
  roomMembersMax: 5_000,
  /** Part of a core that a process is planned to use: the rest is for peaks and for the load of a process that died. */
  coreShare: 0.5,
  /** Copies of each shard's projection. */
  projectionReplicas: 2,
  /** Nodes that keep each record. */
  natsReplicas: 3,
  /** Messages a second that one stream leader is planned for: half of what grouped appends reach. */
  shardPerSecond: 50_000,
  /** Servers that each apply everything, before the projection gets a role of its own. */
  replicatedServersMax: 10,
  regions: 3,
  /** Price of a core and of a GB of memory for an hour, in US cents. */
  coreHourCents: 4,
  gbHourCents: 0.5,
  seed: 1,
} as const;

/** How many connected people the document follows, and in how many parts of the world. */
export const SIZES = [1_000, 10_000, 100_000, 1_000_000] as const;

/** How the servers divide the work. */
export type Shape = "one process" | "replicated" | "sharded";

/** What one size needs. CPU is in cores at work, all processes of a role together. */
export interface Deployment {
  readonly users: number;
  readonly shape: Shape;
  readonly messagesPerSecond: number;
  readonly traffic: Traffic;
  readonly gateways: number;
  readonly projections: number;
  readonly shards: number;
  readonly natsNodes: number;
  readonly gatewayCores: number;
  readonly projectionCores: number;
  readonly natsCores: number;
  readonly memoryGb: number;
  /** Of all cores that are kept ready, at work or not, and all memory; per million messages at the busiest hour. */
  readonly centsPerMillion: number;
}

/** Works out what that many connected people need, by the smallest shape that holds them. */
export function deploymentOf(users: number, costs: UnitCosts): Deployment {
  const perSecond = (users * ASSUMPTIONS.messagesPerUserHour) / 3_600;
  const one = replicated(users, perSecond, costs, 1);
  if (fits(one)) return finish(one, "one process", costs);
  for (let count = 2; count <= ASSUMPTIONS.replicatedServersMax; count++) {
    const several = replicated(users, perSecond, costs, count);
    if (fits(several)) return finish(several, "replicated", costs);
  }
  return finish(sharded(users, perSecond, costs), "sharded", costs);
}

type Sized = Omit<Deployment, "shape" | "memoryGb" | "centsPerMillion">;

/** Every server holds streams, takes messages and applies everything. */
function replicated(users: number, perSecond: number, costs: UnitCosts, servers: number): Sized {
  const traffic = draw(users, servers, 1);
  const serverUs =
    perSecond * (costs.sendUs + (servers - 1) * costs.applyUs + Math.max(0, traffic.deliveries - 1) * costs.deliverUs) +
    users * costs.streamUsPerSecond;
  const natsUs =
    servers === 1 ? 0 : perSecond * (costs.natsStoreUs * ASSUMPTIONS.natsReplicas + servers * costs.natsPassUs);
  return {
    users,
    messagesPerSecond: perSecond,
    traffic,
    gateways: servers,
    projections: 0,
    shards: 1,
    natsNodes: servers === 1 ? 0 : ASSUMPTIONS.natsReplicas,
    gatewayCores: serverUs / 1e6,
    projectionCores: 0,
    natsCores: natsUs / 1e6,
  };
}

/** Gateways hold streams and get what somebody there listens to; projections apply their shard; logs are split by conversation. */
function sharded(users: number, perSecond: number, costs: UnitCosts): Sized {
  const shards = Math.max(1, Math.ceil(perSecond / ASSUMPTIONS.shardPerSecond));
  let gateways = Math.ceil(users / LIMIT_DEFAULTS.streams);
  for (;;) {
    const traffic = draw(users, gateways, shards);
    const gatewayUs =
      perSecond *
        (costs.sendUs +
          traffic.gatewaysReached * costs.natsPassUs +
          Math.max(0, traffic.deliveries - 1) * costs.deliverUs) +
      users * costs.streamUsPerSecond;
    const wanted = Math.ceil(gatewayUs / 1e6 / ASSUMPTIONS.coreShare);
    if (wanted > gateways) {
      gateways = wanted;
      continue;
    }
    const applyUs = perSecond * costs.applyUs * ASSUMPTIONS.projectionReplicas;
    const perReplica = (perSecond * traffic.busiestShard * costs.applyUs) / shards / 1e6;
    const natsUs =
      perSecond *
      (costs.natsStoreUs * ASSUMPTIONS.natsReplicas +
        (traffic.gatewaysReached + ASSUMPTIONS.projectionReplicas) * costs.natsPassUs);
    return {
      users,
      messagesPerSecond: perSecond,
      traffic,
      gateways,
      projections: shards * ASSUMPTIONS.projectionReplicas * Math.max(1, Math.ceil(perReplica / ASSUMPTIONS.coreShare)),
      shards,
      natsNodes: ASSUMPTIONS.natsReplicas * ASSUMPTIONS.regions,
      gatewayCores: gatewayUs / 1e6,
      projectionCores: applyUs / 1e6,
      natsCores: natsUs / 1e6,
    };
  }
}

function draw(users: number, gateways: number, shards: number): Traffic {
  const { roomShare, roomMembersMean, roomMembersMax, seed } = ASSUMPTIONS;
  return drawTraffic({ users, gateways, shards, roomShare, roomMembersMean, roomMembersMax, seed });
}

function fits({ users, gateways, gatewayCores }: Sized): boolean {
  return users / gateways <= LIMIT_DEFAULTS.streams && gatewayCores / gateways <= ASSUMPTIONS.coreShare;
}

function finish(sized: Sized, shape: Shape, costs: UnitCosts): Deployment {
  const processes = sized.gateways + sized.projections;
  const memoryGb = (processes * costs.serverBytes + sized.users * costs.streamBytes) / 1e9 + sized.natsNodes;
  const natsCores = Math.max(sized.natsNodes, sized.natsCores / ASSUMPTIONS.coreShare);
  const centsPerHour = (processes + natsCores) * ASSUMPTIONS.coreHourCents + memoryGb * ASSUMPTIONS.gbHourCents;
  const millionsPerHour = (sized.messagesPerSecond * 3_600) / 1e6;
  return { ...sized, shape, memoryGb, centsPerMillion: centsPerHour / millionsPerHour };
}
