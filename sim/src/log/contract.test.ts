import { describeBus } from "../../../server/src/bus.contract.ts";
import { describeKeyValue } from "../../../server/src/key-value.contract.ts";
import { describeRecordLog } from "../../../server/src/log/record-log.contract.ts";
import { createKeyValueMemory } from "../../../server/src/testing/memory-key-value-store.ts";
import { createLink } from "../net/link.ts";
import { startMachine } from "../world/machine.ts";
import { createWorld } from "../world/world.ts";
import { createLogStore } from "./log-store.ts";
import { createBusMedium, createSimBus } from "./sim-bus.ts";
import { createSimKeyValue } from "./sim-key-value.ts";
import { createSimRecordLog } from "./sim-record-log.ts";

const LATENCY = { min: 0.1, max: 3, slowPerMille: 20 };

/** A world that goes on by itself until it is disposed of: the suites wait by the machine's clock. */
function livelyWorld() {
  const world = createWorld(1);
  let over = false;
  const running = (async () => {
    while (!over) {
      await world.run(() => over, 20);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  })();
  let machines = 0;
  const onMachine = <T>(
    make: (parts: { machine: ReturnType<typeof startMachine>; link: ReturnType<typeof createLink> }) => T,
  ): T => {
    const machine = startMachine(world, `server-${++machines}`);
    return make({ machine, link: createLink(world, world.chance(`link-${machines}`), LATENCY) });
  };
  return {
    world,
    onMachine,
    async [Symbol.asyncDispose]() {
      over = true;
      await running;
    },
  };
}

describeRecordLog("a simulated cluster", async () => {
  const lively = livelyWorld();
  const { world, onMachine } = lively;
  const knobs = { syncMs: [0.1, 2], repeatWindowMs: Infinity, doubledPerMille: 0, answersBeforeSync: false } as const;
  const store = createLogStore(world, knobs, world.chance("log"));
  return {
    open: async () => onMachine(({ machine, link }) => createSimRecordLog({ world, store, machine, link })),
    shared: true,
    async damage(sequence) {
      store.records[sequence - 1] = undefined;
    },
    [Symbol.asyncDispose]: () => lively[Symbol.asyncDispose](),
  };
});

describeKeyValue("a simulated cluster", async () => {
  const lively = livelyWorld();
  const memory = createKeyValueMemory();
  const store = () =>
    lively.onMachine(({ machine, link }) =>
      createSimKeyValue({ world: lively.world, memory, machine, link, loseAnswerPerMille: 0 }),
    );
  return { stores: [store(), store()], [Symbol.asyncDispose]: () => lively[Symbol.asyncDispose]() };
});

describeBus("a simulated cluster", async () => {
  const lively = livelyWorld();
  const medium = createBusMedium();
  const bus = () => lively.onMachine(({ machine, link }) => createSimBus({ medium, machine, link, losePerMille: 0 }));
  return { buses: [bus(), bus()], [Symbol.asyncDispose]: () => lively[Symbol.asyncDispose]() };
});
