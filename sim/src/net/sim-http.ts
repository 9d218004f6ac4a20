import { Code, ConnectError } from "@connectrpc/connect";
import type { UniversalClientFn, UniversalClientResponse } from "@connectrpc/connect/protocol";
import type { NodeRequest, NodeResponse } from "../../../server/src/wire/node-http.ts";
import type { Machine } from "../world/machine.ts";
import type { World } from "../world/world.ts";
import type { Link } from "./link.ts";
import { createSimRequest, SimResponse } from "./sim-response.ts";

/** A server that listens: one life of it. */
export interface Listening {
  readonly machine: Machine;
  handle(request: NodeRequest, response: NodeResponse): void;
  /** Calls that are open. */
  readonly calls: Set<OpenCall>;
}

/** One call, as the world may end it. */
export interface OpenCall {
  /** The server's process is gone, and its machine says so. */
  serverDied(): void;
}

/** One way from a client to a server. */
export interface Way {
  readonly link: Link;
  /** Who listens there at this moment. */
  listening(): Listening | undefined;
}

const unavailable = (text: string): ConnectError => new ConnectError(text, Code.Unavailable);

/**
 * HTTP from one client over the world's links. Each call takes the way that `choose` gives.
 * @param options.address the client's
 */
export function createSimHttp(options: {
  world: World;
  client: Machine;
  address: string;
  choose: () => Way;
}): UniversalClientFn {
  const { world, client, address } = options;

  return async (request) => {
    const body = await bytesOf(request.body);
    request.signal?.throwIfAborted();
    const { link, listening } = options.choose();
    const head = Promise.withResolvers<UniversalClientResponse>();
    const incoming = createIncoming();
    const trailer = new Headers();
    let isOver = false;
    /** Ends the server's part, where it has begun. */
    let closeAtServer = (): void => undefined;

    function fail(error: ConnectError): void {
      if (isOver) return;
      isOver = true;
      stopReset();
      head.reject(error);
      incoming.fail(error);
    }
    const toClient = (arrive: () => void): void => link.back(() => client.at(0, arrive));

    const stopReset = link.onReset(() => {
      world.reached("a connection is reset");
      client.at(0, () => fail(unavailable("the connection was reset")));
      closeAtServer();
    });
    request.signal?.addEventListener(
      "abort",
      () => {
        const reason: unknown = request.signal?.reason;
        fail(ConnectError.from(reason, Code.Canceled));
        link.there(() => closeAtServer());
      },
      { once: true },
    );

    link.there(() => {
      const server = listening();
      if (!server) return toClient(() => fail(unavailable("the connection was refused")));
      const call: OpenCall = { serverDied: () => toClient(() => fail(unavailable("the server went away"))) };
      const over = (): void => void server.calls.delete(call);
      server.calls.add(call);
      const response = new SimResponse({
        head: (status, header) => toClient(() => head.resolve({ status, header, body: incoming.body, trailer })),
        chunk: (bytes, taken) =>
          toClient(() => {
            incoming.push(bytes);
            server.machine.at(0, taken);
          }),
        end: (told, taken) =>
          toClient(() => {
            isOver = true;
            stopReset();
            for (const [name, value] of told) trailer.set(name, value);
            incoming.end();
            server.machine.at(0, taken);
          }),
        broken: () => toClient(() => fail(unavailable("the server broke the answer off"))),
      });
      response.once("close", over);
      closeAtServer = () => server.machine.at(0, () => response.close());
      server.machine.at(0, () =>
        server.handle(createSimRequest({ url: request.url, headers: request.header, body, address }), response.asNode),
      );
    });
    return head.promise;
  };
}

async function bytesOf(body: AsyncIterable<Uint8Array> | undefined): Promise<Uint8Array> {
  return Buffer.concat(body ? await Array.fromAsync(body) : []);
}

/** What comes of an answer's body. */
function createIncoming() {
  const chunks: Uint8Array[] = [];
  let failure: ConnectError | undefined;
  let isEnded = false;
  let wake = (): void => undefined;

  async function* body(): AsyncGenerator<Uint8Array> {
    for (;;) {
      const chunk = chunks.shift();
      if (chunk) yield chunk;
      else if (failure) throw failure;
      else if (isEnded) return;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
  }
  return {
    body: body(),
    push(chunk: Uint8Array) {
      chunks.push(chunk);
      wake();
    },
    end() {
      isEnded = true;
      wake();
    },
    fail(error: ConnectError) {
      failure = error;
      wake();
    },
  };
}
