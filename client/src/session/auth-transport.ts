import { Code, ConnectError, type Transport } from "@connectrpc/connect";

/** Where access tokens come from. */
export interface AccessTokens {
  /** One that is good for now. @throws ClientError `unauthenticated` when nobody is signed in */
  current(): Promise<string>;
  /** Another one, after the server refused this one. @throws ClientError `unauthenticated` when the session is over */
  renew(refused: string): Promise<string>;
}

/** The header with the cursor of this client's stream: a server that is behind it catches up before it answers. */
const CURSOR_HEADER = "chat-cursor";

/**
 * A transport that signs each call. A unary call that the server calls unauthenticated is tried once more with a renewed token; a stream
 * is not, for its end may come late: its opener renews.
 * @param cursor of the stream that runs; empty: none does
 */
export function createAuthTransport(transport: Transport, tokens: AccessTokens, cursor: () => string): Transport {
  return {
    async unary(method, signal, timeoutMs, headers, input, contextValues) {
      const header = new Headers(headers);
      const seen = cursor();
      if (seen !== "") header.set(CURSOR_HEADER, seen);
      const token = await tokens.current();
      try {
        return await transport.unary(method, signal, timeoutMs, signed(header, token), input, contextValues);
      } catch (error) {
        if (!(error instanceof ConnectError) || error.code !== Code.Unauthenticated) throw error;
        const renewed = await tokens.renew(token);
        return transport.unary(method, signal, timeoutMs, signed(header, renewed), input, contextValues);
      }
    },
    async stream(method, signal, timeoutMs, header, input, contextValues) {
      const token = await tokens.current();
      return transport.stream(method, signal, timeoutMs, signed(header, token), input, contextValues);
    },
  };
}

function signed(header: ConstructorParameters<typeof Headers>[0], token: string): Headers {
  const headers = new Headers(header);
  headers.set("authorization", `Bearer ${token}`);
  return headers;
}
