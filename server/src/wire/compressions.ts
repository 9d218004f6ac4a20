import type { Compression } from "@connectrpc/connect/protocol";
import { compressionBrotli, compressionGzip } from "@connectrpc/connect-node";

/** The compressions that clients may send, by name. */
export const COMPRESSIONS: ReadonlyMap<string, Compression> = new Map(
  [compressionGzip, compressionBrotli].map((compression) => [compression.name, compression]),
);

/** Their names, in the order in which clients are told of them. */
export const COMPRESSION_NAMES: readonly string[] = [...COMPRESSIONS.keys()];
