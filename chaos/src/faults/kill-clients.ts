import type { Fault } from "./fault.ts";

/** A third of the SDK's clients lose their memory and go on from what they stored. */
export const killClients: Fault = {
  name: "kill-clients",
  lane: "clients",
  lasts: [0, 1],
  async inject({ clients }, random) {
    const crashes = clients.map(({ crash }) => crash).filter((crash) => crash !== undefined);
    const chosen = random.shuffled(crashes).slice(0, Math.ceil(crashes.length / 3));
    await Promise.all(chosen.map((crash) => crash()));
    return async () => {};
  },
};
