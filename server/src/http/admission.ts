import { constants, type ServerHttp2Stream } from "node:http2";
import type { Socket } from "node:net";
import { networkOf } from "../limits/network.ts";
import { createTokenBuckets } from "../limits/token-buckets.ts";
import { isGone, type NodeRequest, type NodeResponse, pathOf } from "../wire/node-http.ts";
import type { ClientAddresses } from "./client-address.ts";
import type { EdgeLimits } from "./edge-limits.ts";
import { MESSAGE_MAX_BYTES, OPENERS_MAX, type RequestKind } from "./limits.ts";
import { MeteredHttp1Request, MeteredHttp2Request } from "./metered-request.ts";
import { type AdmittedRequest, OpenRequest } from "./open-request.ts";
import type { Origin, Origins } from "./origin.ts";
import { refuse } from "./refusal.ts";
import { type AddressUsage, createUsageTable, type Usage } from "./usage.ts";

/** Why something was refused or cut short, as the metric and the log name it. */
export type AdmissionRefusal =
  | "connections"
  | "openings"
  | "requests"
  | "body_bytes"
  | "body_timeout"
  | "answer_timeout"
  | "resets"
  | "headers_timeout";

/** Lets connections and requests in as far as there is room for them. */
export interface Admission {
  /** Counts a connection until it closes. False: there is no room for it. */
  connection(socket: Socket): boolean;
  /** Counts a request until it is over. Undefined: the peer took it back already, or it was refused; nothing is left to do. */
  request(request: NodeRequest, response: NodeResponse): AdmittedRequest | undefined;
  /** Cuts short what takes too long. */
  sweep(): void;
  /** All that is open. */
  readonly inUse: Readonly<Usage>;
  /** Addresses that are remembered. */
  readonly addresses: number;
}

/** Of one request so much counts at most: what comes after a message that is too large is read and dropped. */
const COUNTED_BYTES = 2 * MESSAGE_MAX_BYTES;

/** @param options.kindOf what the request of a path (without query) counts as */
export function createAdmission(options: {
  limits: EdgeLimits;
  addresses: ClientAddresses;
  origins: Origins;
  kindOf: (path: string) => RequestKind;
  now: () => number;
  onRefused: (why: AdmissionRefusal, key: string) => void;
}): Admission {
  const { limits, addresses, origins, kindOf, now, onRefused } = options;
  const usage = createUsageTable({ resetWindowMs: limits.resetWindowMs, now });
  const { total } = usage;
  // Both in the order in which the requests came: a sweep ends at the first that is young.
  const calls = new Set<OpenRequest>();
  const incomplete = new Set<OpenRequest>();

  const openings = createTokenBuckets({ rates: { openings: limits.openings }, maxHolders: OPENERS_MAX, now });

  function isFull(): AdmissionRefusal | undefined {
    return total.connections >= limits.connections.total ? "connections" : undefined;
  }

  /** Why an address gets no further connection. One that is let in is paid for. */
  function tooMany(key: string, mine: AddressUsage): AdmissionRefusal | undefined {
    if (mine.connections >= limits.connections.perAddress) return "connections";
    if (mine.resets > limits.resets.perAddress && now() - mine.resetsSince <= limits.resetWindowMs) return "resets";
    const holder = openings.of(key);
    if (holder.waitMs("openings") > 0) return "openings";
    holder.take("openings", 1);
    return undefined;
  }

  function countReset(origin: Origin, key: string, mine: AddressUsage): void {
    const time = now();
    for (const counted of [origin, mine]) {
      if (time - counted.resetsSince > limits.resetWindowMs) {
        counted.resets = 0;
        counted.resetsSince = time;
      }
      counted.resets++;
    }
    const { connection } = origin;
    if (connection.destroyed || !("goaway" in connection)) return;
    if (++origin.resetsEver === limits.resetsEver) connection.close();
    // A proxy's connection carries many clients, and the proxy looks after its own.
    if (origin.key === undefined) return;
    if (origin.resets <= limits.resets.perConnection && mine.resets <= limits.resets.perAddress) return;
    onRefused("resets", key);
    connection.destroy(undefined, constants.NGHTTP2_ENHANCE_YOUR_CALM);
  }

  function meter(open: OpenRequest, request: NodeRequest): void {
    if (!(request instanceof MeteredHttp1Request || request instanceof MeteredHttp2Request)) return;
    if ("stream" in request && request.stream.endAfterHeaders) return;
    // HTTP/1.1 requests have Node's own limit.
    if ("stream" in request) incomplete.add(open);
    request.meter = {
      arrived(bytes) {
        if (open.isOver) return;
        const counted = Math.min(bytes, COUNTED_BYTES - open.bodyBytes);
        open.bodyBytes += counted;
        open.usage.bodyBytes += counted;
        total.bodyBytes += counted;
        const { perAddress, total: most } = limits.bodyBytes;
        if (open.usage.bodyBytes > perAddress || total.bodyBytes > most) cut(open, "body_bytes");
      },
      complete() {
        incomplete.delete(open);
        releaseBody(open);
      },
    };
  }

  function releaseBody(open: OpenRequest): void {
    open.usage.bodyBytes -= open.bodyBytes;
    total.bodyBytes -= open.bodyBytes;
    open.bodyBytes = 0;
  }

  function cut(open: OpenRequest, why: AdmissionRefusal): void {
    onRefused(why, open.key);
    open.isCut = true;
    const { response } = open;
    if (why === "body_bytes" && response && "stream" in response) {
      response.stream.close(constants.NGHTTP2_ENHANCE_YOUR_CALM);
    } else open.drop();
    over(open);
  }

  function over(open: OpenRequest): void {
    if (open.isOver) return;
    const { kind, origin } = open;
    open.over();
    open.usage[kind]--;
    total[kind]--;
    releaseBody(open);
    calls.delete(open);
    incomplete.delete(open);
    origin.open--;
    origin.busyAt = now();
  }

  return {
    get inUse() {
      return total;
    },
    get addresses() {
      return usage.size;
    },
    connection(socket) {
      if (socket.destroyed) return false;
      const address = addresses.ofConnection(socket);
      const key = networkOf(address);
      const mine = usage.of(key);
      const why = addresses.isProxy(address) ? isFull() : (isFull() ?? tooMany(key, mine));
      if (why !== undefined) {
        onRefused(why, key);
        return false;
      }
      mine.connections++;
      total.connections++;
      socket.once("close", () => {
        mine.connections--;
        total.connections--;
      });
      return true;
    },
    request(request, response) {
      const origin = origins.ofRequest(request);
      const key = origins.keyOf(request, origin);
      const mine = usage.of(key);
      origin.begun++;
      origin.busyAt = now();
      if (isGone(response)) {
        if ("stream" in request) countReset(origin, key, mine);
        return undefined;
      }
      const kind = kindOf(pathOf(request));
      const open = new OpenRequest({ key, kind, origin, usage: mine, response, since: origin.busyAt });
      mine[kind]++;
      total[kind]++;
      origin.open++;
      if (kind === "call") calls.add(open);
      response.once("close", () => {
        if (open.isCut) return;
        over(open);
        if ("stream" in request && wasReset(request.stream)) countReset(origin, key, mine);
      });
      const bound = limits.requests[kind];
      if (mine[kind] <= bound.perAddress && total[kind] <= bound.total) {
        meter(open, request);
        return open;
      }
      // A refusal is an answer, and counts until it has been read; whoever asks on without reading gets none.
      if (mine[kind] > 2 * bound.perAddress || total[kind] > 2 * bound.total) cut(open, "requests");
      else {
        onRefused("requests", key);
        response.on("error", () => {}); // of a peer that is gone
        refuse(request, response, "too_many_requests", "Too many requests are open. Try again later.");
      }
      return undefined;
    },
    sweep() {
      const time = now();
      for (const open of incomplete) {
        if (time - open.since < limits.requestMs) break;
        cut(open, "body_timeout");
      }
      for (const open of calls) {
        if (time - open.since < limits.answerMs) break;
        cut(open, "answer_timeout");
      }
      usage.forgetIdle(time);
    },
  };
}

function wasReset(stream: ServerHttp2Stream): boolean {
  return stream.aborted || stream.rstCode !== constants.NGHTTP2_NO_ERROR;
}
