import { ChatError } from "../errors.ts";
import { networkOf } from "../limits/network.ts";
import { HEARTBEAT_MS } from "./limits.ts";

/** How many streams may be held at a time. */
export interface StreamBounds {
  /** Of one account, in all its sessions. */
  readonly streamsPerAccount: number;
  /** Of one address. */
  readonly streamsPerAddress: number;
  /** Of this server. */
  readonly streams: number;
}

/** The places that streams take: from the moment they are asked for until nothing of them is held any more. */
export interface StreamPlaces {
  /** Takes a place; call what it returns, once, to give it back. @throws ChatError `resource_exhausted` when there is none */
  take(account: string, address: string): () => void;
  /** Places that are taken. */
  readonly taken: number;
}

/** Counts places by account, by address and in all. */
export function createStreamPlaces(bounds: StreamBounds): StreamPlaces {
  const accounts = new Map<string, number>();
  const networks = new Map<string, number>();
  let taken = 0;

  function refuseIf(isFull: boolean, where: string): void {
    if (isFull)
      throw new ChatError("resource_exhausted", `Too many open streams ${where}.`, {
        details: { retryAfterMs: HEARTBEAT_MS },
      });
  }

  return {
    take(account, address) {
      const network = networkOf(address);
      refuseIf(taken >= bounds.streams, "on this server");
      refuseIf((accounts.get(account) ?? 0) >= bounds.streamsPerAccount, "of this account");
      refuseIf((networks.get(network) ?? 0) >= bounds.streamsPerAddress, "from this address");
      taken++;
      count(accounts, account, 1);
      count(networks, network, 1);
      return () => {
        taken--;
        count(accounts, account, -1);
        count(networks, network, -1);
      };
    },
    get taken() {
      return taken;
    },
  };
}

function count(counts: Map<string, number>, key: string, change: number): void {
  const next = (counts.get(key) ?? 0) + change;
  if (next > 0) counts.set(key, next);
  else counts.delete(key);
}
