import { expect, it } from "vitest";
import { createWorld } from "../world/world.ts";
import { createLink } from "./link.ts";

/** A link, and what arrived over it. */
function linked(seed: number) {
  const world = createWorld(seed);
  const link = createLink(world, world.chance("link"), { min: 1, max: 20, slowPerMille: 100 });
  const arrived: number[] = [];
  return { world, link, arrived, send: (number: number) => link.back(() => arrived.push(number)) };
}

it("keeps the order, over silence upon silence too", async () => {
  for (let seed = 1; seed <= 20; seed++) {
    const { world, link, arrived, send } = linked(seed);
    const sent = Array.from({ length: 200 }, (_, number) => number);
    for (const number of sent) world.at(number, () => send(number));
    for (const at of [20, 60, 100, 150]) world.at(at, () => link.silence(70));
    await world.run(() => arrived.length === sent.length, 10_000);
    expect(arrived).toEqual(sent);
  }
});

it("brings nothing while it is silent, and tells nobody", async () => {
  const { world, link, arrived, send } = linked(1);
  let resets = 0;
  link.onReset(() => resets++);
  send(1);
  link.silence(500);
  await world.run(() => arrived.length > 0, 499);
  expect([arrived, link.isSilent]).toEqual([[], true]);
  await world.run(() => arrived.length > 0, 100);
  expect([arrived, resets]).toEqual([[1], 0]);
});

it("goes on at once when it is healed, in order", async () => {
  const { world, link, arrived, send } = linked(1);
  send(1);
  link.silence(45_000);
  send(2);
  await world.run(() => false, 100);
  link.heal();
  send(3);
  await world.run(() => arrived.length === 3, 300);
  expect(arrived).toEqual([1, 2, 3]);
});

it("loses what is on its way when it is reset, and tells both sides once", async () => {
  const { world, link, arrived, send } = linked(1);
  let resets = 0;
  link.onReset(() => resets++);
  send(1);
  link.reset();
  link.reset();
  send(2);
  await world.run(() => arrived.length > 0, 1_000);
  expect([arrived, resets]).toEqual([[2], 1]);
});
