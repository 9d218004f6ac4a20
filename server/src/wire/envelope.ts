import { encodeEnvelope } from "@connectrpc/connect/protocol";

/** The 5-byte prefix and the message, as gRPC, gRPC-web and Connect streams carry it. */
export function envelope(message: Uint8Array, flags = 0): Uint8Array {
  return encodeEnvelope(flags, message);
}
