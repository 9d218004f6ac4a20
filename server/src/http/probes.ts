import type { Readiness } from "../readiness.ts";
import { type NodeRequest, type NodeResponse, pathOf } from "../wire/node-http.ts";
import { respondJson, respondText } from "./respond.ts";

/** `/healthz`: the process runs and answers. `/readyz`: it may be sent work, else 503 with the reasons. Returns whether the request was one of these. */
export function createProbes(options: {
  readiness: Readiness;
}): (request: NodeRequest, response: NodeResponse) => boolean {
  return (request, response) => {
    const path = pathOf(request);
    if (path !== "/healthz" && path !== "/readyz") return false;
    if (request.method !== "GET" && request.method !== "HEAD") {
      respondText(response, 405, "Method not allowed.\n", { allow: "GET, HEAD" });
    } else if (path === "/healthz") {
      respondJson(response, 200, { status: "ok" });
    } else {
      const state = options.readiness.state();
      respondJson(
        response,
        state.ready ? 200 : 503,
        state.ready ? { status: "ready" } : { status: "not ready", reasons: state.reasons },
      );
    }
    return true;
  };
}
