import { JetStreamApiError } from "@nats-io/jetstream";
import { jserrors } from "@nats-io/jetstream/internal";
import { NoRespondersError, RequestError, TimeoutError } from "@nats-io/transport-node";
import { describe, expect, it } from "vitest";
import { mayPass } from "./nats-error.ts";

const api = (code: number, err_code: number): JetStreamApiError =>
  new JetStreamApiError({ code, err_code, description: "" });

describe("what may pass", () => {
  it("is an election, in whichever words the client tells of it", () => {
    const nobody = new RequestError("no responders: 'chat.log'", { cause: new NoRespondersError("chat.log") });
    expect(mayPass(nobody)).toBe(true);
    expect(mayPass(new jserrors.JetStreamNotEnabled("jetstream is not enabled", { cause: nobody }))).toBe(true);
    expect(mayPass(new TimeoutError())).toBe(true);
    expect(mayPass(api(503, 10_008))).toBe(true);
  });

  it("is a record that the try before is still storing", () => {
    expect(mayPass(api(409, 10_158))).toBe(true);
  });

  it("is not an account without JetStream, a full disk or a conflict", () => {
    const without = api(503, 10_039);
    expect(mayPass(new jserrors.JetStreamNotEnabled("not enabled", { cause: without }))).toBe(false);
    expect(mayPass(api(503, 10_047))).toBe(false);
    expect(mayPass(api(400, 10_071))).toBe(false);
  });
});
