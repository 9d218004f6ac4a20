import { figure, table } from "../report/tables.ts";
import type { Recorded } from "../report/record.ts";
import { type Deployment, deploymentOf, SIZES } from "./deployment.ts";
import { COST_NAMES, type Sourced, type UnitCosts, unitCosts } from "./unit-costs.ts";

const COST_LABELS: Readonly<Record<keyof UnitCosts, string>> = {
  sendUs: "taking a message, stored and answered, µs of CPU",
  applyUs: "applying a message another server took, µs",
  deliverUs: "writing a message to one more stream, µs",
  streamUsPerSecond: "keeping a stream, µs a second",
  streamBytes: "memory of a stream, bytes",
  serverBytes: "memory of a server without streams, bytes",
  natsStoreUs: "NATS: storing a message, each replica, µs",
  natsPassUs: "NATS: passing a message to one more subscriber, µs",
  rebuildPerSecond: "rebuilding a projection, events a second",
};

/** The two tables of `docs/scale.md`: what a unit of work costs, and what it adds up to. */
export function simulate(records: readonly Recorded[]): { costs: string; deployments: string } {
  const sourced = unitCosts(records);
  const costs = Object.fromEntries(COST_NAMES.map((name) => [name, sourced[name].value])) as unknown as UnitCosts;
  return {
    costs: costsTable(sourced),
    deployments: deploymentsTable(SIZES.map((users) => deploymentOf(users, costs))),
  };
}

function costsTable(sourced: Readonly<Record<keyof UnitCosts, Sourced>>): string {
  return table(
    ["unit of work", "cost", "where from"],
    COST_NAMES.map((name) => [COST_LABELS[name], figure(sourced[name].value), sourced[name].source]),
  );
}

function deploymentsTable(deployments: readonly Deployment[]): string {
  const row = (label: string, value: (deployment: Deployment) => string): string[] => [
    label,
    ...deployments.map(value),
  ];
  return table(
    ["connected people", ...deployments.map(({ users }) => figure(users))],
    [
      row("shape", ({ shape }) => shape),
      row("messages a second", ({ messagesPerSecond }) => figure(messagesPerSecond)),
      row("streams a message reaches", ({ traffic }) => figure(traffic.deliveries)),
      row("gateways a message reaches", ({ traffic }) => figure(traffic.gatewaysReached)),
      row("servers that hold streams", ({ gateways }) => figure(gateways)),
      row("projection servers", ({ projections }) => figure(projections)),
      row("logs (shards)", ({ shards }) => figure(shards)),
      row("NATS nodes", ({ natsNodes }) => figure(natsNodes)),
      row("cores at work: servers", ({ gatewayCores }) => figure(gatewayCores)),
      row("cores at work: projections", ({ projectionCores }) => figure(projectionCores)),
      row("cores at work: NATS", ({ natsCores }) => figure(natsCores)),
      row("memory, GB", ({ memoryGb }) => figure(memoryGb)),
      row("cents per million messages", ({ centsPerMillion }) => figure(centsPerMillion)),
    ],
  );
}
