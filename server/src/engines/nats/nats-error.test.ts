import { JetStreamApiError } from "@nats-io/jetstream";
import { expect, it } from "vitest";
import { JS_CODE, mayPass } from "./nats-error.ts";

const error = (code: number, status: number) =>
  new JetStreamApiError({ code: status, err_code: code, description: "" });

it("tries again what another server or a starting cluster stands in the way of", () => {
  expect(mayPass(error(JS_CODE.streamNameInUse, 400))).toBe(true);
  expect(mayPass(error(JS_CODE.noSuitablePeers, 400))).toBe(true);
  expect(mayPass(error(JS_CODE.streamNotFound, 404))).toBe(false);
  expect(mayPass(error(JS_CODE.wrongLastSequence, 400))).toBe(false);
});
