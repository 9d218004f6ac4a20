/**
 * A message as the `grpc-message` trailer carries it: printable ASCII but "%" as it is, everything else percent-encoded (the gRPC protocol over HTTP/2, "Status-Message").
 * Clients that decode with `decodeURI`, as grpc-js does, show encoded punctuation as it stands.
 * @param text well-formed
 */
export function encodeGrpcMessage(text: string): string {
  return text.replace(/[^ -$&-~]+/g, encodeURIComponent);
}
