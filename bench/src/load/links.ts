import { http1 } from "./http1.ts";
import { http2 } from "./http2.ts";
import type { Link, Protocol } from "./link.ts";
import { socketIo } from "./socket-io.ts";

/** Who speaks each protocol. */
export const LINKS: Readonly<Record<Protocol, Link>> = {
  connect: http1,
  "grpc-web": http1,
  grpc: http2,
  "socket.io": socketIo,
  "floor-http1": http1,
  "floor-http2": http2,
};
