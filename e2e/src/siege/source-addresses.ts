/** Linux has 16 million addresses on the loopback; limits are counted by address, so that each party has its own. */
const HAS_MANY = process.platform === "linux";

/** The address that attacks come from. */
export const ATTACKER = HAS_MANY ? "127.0.3.1" : "127.0.0.1";

/** People who share an address, as a household does. */
const PEOPLE_PER_ADDRESS = 4;

/** The address of one of those who chat. */
export function addressOf(person: number): string {
  return HAS_MANY ? `127.0.2.${1 + (Math.floor(person / PEOPLE_PER_ADDRESS) % 250)}` : "127.0.0.1";
}
