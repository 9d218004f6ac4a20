import type { Fault } from "./fault.ts";

/** kill -9 of a chat server, then the same one again. */
export const killServer: Fault = {
  name: "kill-server",
  lane: "servers",
  lasts: [1, 4],
  async inject({ cluster }, random) {
    const server = random.pick(cluster.servers);
    await server.kill();
    return () => server.start();
  },
};
