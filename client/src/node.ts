// Clients for Node: gRPC over HTTP/2, state in a file.
import type { Interceptor } from "@connectrpc/connect";
import { createGrpcTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import { createChatClient, type ChatClientOptions } from "./chat-client.ts";
import { createFileStorage } from "./storage/file-storage.ts";
import { createMemoryStorage } from "./storage/memory-storage.ts";
import type { ChatClient } from "./types.ts";

/** How often an HTTP/2 server is pinged, in ms: a server that is gone is noticed although TCP would not tell. */
const PING_INTERVAL_MS = 20_000;
/** How long it may take to answer. */
const PING_TIMEOUT_MS = 10_000;

/** How to reach a server, and where to keep what has to be kept. */
export interface NodeChatClientOptions extends Omit<
  ChatClientOptions,
  "transport" | "storage" | "connectionEvents" | "tabs"
> {
  /** "http://host:port", or https. */
  readonly baseUrl: string;
  /** A file for session, cursor, outbox and drafts; without it nothing outlives the process. */
  readonly storage?: { readonly path: string };
  /** For https: authorities to trust instead of the system's (PEM), and whether to check the certificate at all. */
  readonly tls?: { readonly ca?: string | string[]; readonly rejectUnauthorized?: boolean };
  /** `grpc` by default; `grpc-web` passes proxies that know no trailers. */
  readonly protocol?: "grpc" | "grpc-web";
  /** See every call on its way, streams included: for tests, measurements and tracing. */
  readonly interceptors?: Interceptor[];
}

/** Makes a client. @throws ClientError `failed_precondition` when the storage file is damaged. */
export async function createNodeChatClient(options: NodeChatClientOptions): Promise<ChatClient> {
  const { baseUrl, storage, tls, protocol = "grpc", interceptors = [], ...rest } = options;
  const nodeOptions = baseUrl.startsWith("https:") ? { ...tls } : {};
  const transport =
    protocol === "grpc"
      ? createGrpcTransport({
          baseUrl,
          nodeOptions,
          interceptors,
          acceptCompression: [],
          pingIntervalMs: PING_INTERVAL_MS,
          pingTimeoutMs: PING_TIMEOUT_MS,
        })
      : createGrpcWebTransport({ baseUrl, httpVersion: "1.1", nodeOptions, interceptors, acceptCompression: [] });
  return createChatClient({
    ...rest,
    transport,
    storage: storage ? await createFileStorage(storage.path) : createMemoryStorage(),
  });
}
