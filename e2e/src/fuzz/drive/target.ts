/** The server that inputs are sent to, and as what. */
export interface Target {
  readonly host: string;
  readonly port: number;
  /** The address that connections come from: limits are counted by it. */
  readonly localAddress: string;
  /** The access token that stands in the inputs' place for one. */
  token(): string;
}
