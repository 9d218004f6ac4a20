import { encodeGrpcMessage } from "../wire/grpc-message.ts";
import { isGone, type NodeRequest, type NodeResponse, sendHead } from "../wire/node-http.ts";
import { NOT_FOR_OTHERS, respondText } from "./respond.ts";

/** Why the port refuses a request before any method sees it, with what each protocol calls it. */
const REFUSALS = {
  too_many_requests: { status: 429, code: "resource_exhausted", grpcStatus: 8 },
  tls_required: { status: 403, code: "failed_precondition", grpcStatus: 9 },
  wrong_host: { status: 421, code: "permission_denied", grpcStatus: 7 },
  bad_request: { status: 400, code: "invalid_argument", grpcStatus: 3 },
  failed: { status: 500, code: "internal", grpcStatus: 13 },
} as const;

export type Refusal = keyof typeof REFUSALS;

/** Whether a request speaks one of the protocols of calls, as far as its headers tell before anybody reads them closely. */
export function isCall({ method, headers }: NodeRequest): boolean {
  return method === "POST" && /^application\/(grpc|connect|proto|json)/.test(headers["content-type"] ?? "");
}

/** Refuses in the words of the protocol that the request speaks: gRPC and gRPC-web by a status, Connect by its JSON, everything else as plain text. */
export function refuse(request: NodeRequest, response: NodeResponse, refusal: Refusal, message: string): void {
  if (isGone(response)) return;
  const { status, code, grpcStatus } = REFUSALS[refusal];
  if (!isCall(request)) return respondText(response, status, `${message}\n`);
  const type = request.headers["content-type"] ?? "";
  if (type.startsWith("application/grpc")) {
    sendHead(response, 200, {
      "content-type": type,
      "grpc-status": String(grpcStatus),
      "grpc-message": encodeGrpcMessage(message),
      ...NOT_FOR_OTHERS,
    });
    return void response.end();
  }
  const body = JSON.stringify({ code, message });
  sendHead(response, status, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(body),
    ...NOT_FOR_OTHERS,
  });
  response.end(body);
}
