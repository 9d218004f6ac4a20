/** Bytes that any number of streams get. */
export interface Payload {
  /** As they are: one or several enveloped messages. */
  readonly bytes: Uint8Array;
  /** As one chunk of an HTTP/1.1 body, made when the first stream asks for it (RFC 9112, section 7.1). */
  readonly chunk: Uint8Array;
}

const CRLF = "\r\n";

/** Makes bytes ready for streams of both HTTP versions. @param bytes not empty: an empty chunk ends an HTTP/1.1 body. */
export function payload(bytes: Uint8Array): Payload {
  let chunk: Buffer | undefined;
  return {
    bytes,
    get chunk() {
      return (chunk ??= chunkOf(bytes));
    },
  };
}

function chunkOf(bytes: Uint8Array): Buffer {
  const size = bytes.length.toString(16) + CRLF;
  const chunk = Buffer.allocUnsafe(size.length + bytes.length + CRLF.length);
  chunk.write(size, 0, "latin1");
  chunk.set(bytes, size.length);
  chunk.write(CRLF, size.length + bytes.length, "latin1");
  return chunk;
}
