/** Environment variable in which a worker finds its number, from 1. */
export const WORKER_ENV = "CHAT_WORKER";

/** What a worker tells its supervisor. */
export type FromWorker =
  | { readonly kind: "ready"; readonly port: number; readonly tlsPort: number | undefined }
  /** Asks for the figures of all workers together. */
  | { readonly kind: "metrics"; readonly id: number };

/** What a supervisor tells a worker. */
export type ToWorker =
  { readonly kind: "stop" } | { readonly kind: "metrics"; readonly id: number; readonly text: string };
