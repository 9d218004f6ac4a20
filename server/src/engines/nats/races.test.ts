import { pino } from "pino";
import { startNatsServer } from "../../../../scripts/nats-server/start.ts";
import { createNatsEngine } from "./engine.ts";
import { describeRaces } from "../../testing/races.ts";

describeRaces("NATS", async () => {
  const nats = await startNatsServer();
  const stop = new AbortController();
  const engine = await createNatsEngine({
    servers: nats.url,
    credsFile: undefined,
    replicas: 1,
    logger: pino({ level: "silent" }),
    signal: stop.signal,
  });
  return {
    log: engine.log,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await engine.close();
      await nats[Symbol.asyncDispose]();
    },
  };
});
