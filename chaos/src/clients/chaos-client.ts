/** Something a client is asked to do. Conversations by their canonical id. */
export type Wish =
  | { readonly kind: "post"; readonly conversation: string; readonly text: string }
  | { readonly kind: "join"; readonly conversation: string }
  | { readonly kind: "leave"; readonly conversation: string };

/** One device of one person, whatever it is made of. What it sees goes to the recorder. */
export interface ChaosClient {
  readonly name: string;
  readonly user: string;
  /** Position up to which the server told it that nothing is still to come; -1 before it was first told. */
  readonly caughtUpTo: number;
  /** Does it, with one client_id for all attempts, until it is answered or the attempts are used up. Never rejects. */
  do(wish: Wish, attempts: number): Promise<void>;
  /** Loses its stream, as a laptop that closes. */
  cut(): void;
  /** Resolves when it has stopped, after its signal was aborted. */
  close(): Promise<void>;
}
