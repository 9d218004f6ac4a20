import { answer } from "../calls.ts";
import { ClientError } from "../client-error.ts";
import type { Replica } from "../replica/replica.ts";

/**
 * The answer to a call of the person who is signed in. Once somebody else is, or nobody, it is not theirs and never gets to the replica.
 * @throws ClientError `unauthenticated` then, else what went wrong with the call
 */
export async function ownAnswer<T>(replica: Pick<Replica, "me">, call: Promise<T>): Promise<T> {
  const { me } = replica;
  const response = await answer(call);
  if (replica.me !== me) throw new ClientError("unauthenticated", "You have signed out meanwhile.");
  return response;
}
