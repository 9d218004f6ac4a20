import type { Fault } from "./fault.ts";

/** A chat server frozen (SIGSTOP): its connections stand, nobody is answered. */
export const pauseServer: Fault = {
  name: "pause-server",
  lane: "servers",
  lasts: [5, 30],
  async inject({ cluster }, random) {
    const server = random.pick(cluster.servers);
    server.pause();
    return async () => server.resume();
  },
};
