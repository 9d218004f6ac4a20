import { describe, expect, it } from "vitest";
import { createFakeClient } from "../testing/fake-client.ts";
import { createUnseen } from "./unseen.ts";

function createSight() {
  const target = new EventTarget();
  const state = { focused: true };
  const sight = {
    hasFocus: () => state.focused,
    get visibilityState(): DocumentVisibilityState {
      return state.focused ? "visible" : "hidden";
    },
    addEventListener: target.addEventListener.bind(target),
    removeEventListener: target.removeEventListener.bind(target),
    defaultView: null,
  };
  function focus(focused: boolean): void {
    state.focused = focused;
    target.dispatchEvent(new Event("visibilitychange"));
  }
  return { sight, focus };
}

function setUp() {
  const client = createFakeClient();
  const { sight, focus } = createSight();
  const unseen = createUnseen(client, sight);
  const counts = () => Object.fromEntries(unseen.counts.value);
  return { client, unseen, focus, counts };
}

describe("unseen messages", () => {
  it("are those of others, elsewhere than on screen", () => {
    const { client, unseen, counts } = setUp();
    unseen.viewing.value = "#general";
    client.control.receive("#general", "ines", "seen");
    client.control.receive("#lunch", "ines", "unseen");
    client.control.receive("#lunch", "mehdi", "own");
    client.control.receive("@mehdi@mehdi1", "mehdi1", "unseen");
    expect(counts()).toEqual({ "#lunch": 1, "@mehdi1": 1 });
    expect(unseen.total.value).toBe(2);
  });

  it("are seen when their conversation is opened", () => {
    const { client, unseen, counts } = setUp();
    client.control.receive("#general", "ines", "x");
    unseen.viewing.value = "#general";
    expect(counts()).toEqual({});
  });

  it("stay unseen on screen while nobody looks at the window", () => {
    const { client, unseen, focus, counts } = setUp();
    unseen.viewing.value = "#general";
    focus(false);
    client.control.receive("#general", "ines", "x");
    expect(counts()).toEqual({ "#general": 1 });
    focus(true);
    expect(counts()).toEqual({});
  });

  it("are forgotten with the session, and no longer counted once closed", () => {
    const { client, unseen, counts } = setUp();
    client.control.receive("#general", "ines", "x");
    client.control.$session.set({ state: "signed-out", ended: true });
    expect(counts()).toEqual({});
    client.control.$session.set({ state: "signed-in", user: { handle: "mehdi", displayName: "Mehdi" } });
    unseen.close();
    client.control.receive("#general", "ines", "x");
    expect(counts()).toEqual({});
  });
});
