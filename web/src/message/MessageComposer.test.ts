import { flushPromises } from "@vue/test-utils";
import { describe, expect, it } from "vitest";
import { createFakeClient, createFakeError } from "../testing/fake-client.ts";
import { mountApp, type MountedApp } from "../testing/mount-app.ts";
import MessageComposer from "./MessageComposer.vue";

const mountComposer = (client = createFakeClient(), address = "@mehdi1") =>
  mountApp(MessageComposer, { client, props: { address, title: "Sara" } });
const field = ({ wrapper }: MountedApp) => wrapper.get("textarea");
const sent = (client: MountedApp["client"]) => client.outbox.$items.get().map(({ to, text }) => [to, text]);
/** Without a connection, what is sent stays in the outbox, where it can be seen. */
function offline(): MountedApp["client"] {
  const client = createFakeClient();
  client.control.$connection.set({ state: "waiting", attempt: 1, retryAt: 0, reason: "" });
  return client;
}

describe("the composer", () => {
  it("sends on Enter, empties the field and forgets the draft", async () => {
    const app = await mountComposer(offline());
    await field(app).setValue("Hello  \n");
    expect(app.client.drafts.get("@mehdi1")).toBe("Hello  \n");
    await field(app).trigger("keydown", { key: "Enter" });
    await flushPromises();
    expect(sent(app.client)).toEqual([["@mehdi1", "Hello"]]);
    expect(field(app).element.value).toBe("");
    expect(app.client.drafts.get("@mehdi1")).toBe("");
  });

  it("sends nothing on Shift+Enter, nor while an input method composes", async () => {
    const app = await mountComposer(offline());
    await field(app).setValue("こんにちは");
    await field(app).trigger("keydown", { key: "Enter", shiftKey: true });
    await field(app).trigger("keydown", { key: "Enter", isComposing: true });
    await flushPromises();
    expect(sent(app.client)).toEqual([]);
    expect(field(app).element.value).toBe("こんにちは");
  });

  it("sends in the order of typing, without waiting for the one before to be stored", async () => {
    const app = await mountComposer(offline());
    for (const text of ["one", "two", "three"]) {
      await field(app).setValue(text);
      await field(app).trigger("keydown", { key: "Enter" });
    }
    await flushPromises();
    expect(sent(app.client).map(([, text]) => text)).toEqual(["one", "two", "three"]);
  });

  it("keeps a draft for each conversation", async () => {
    const client = createFakeClient();
    const first = await mountComposer(client, "@mehdi1");
    await field(first).setValue("half a thought");
    first.wrapper.unmount();
    expect(field(await mountComposer(client, "#general")).element.value).toBe("");
    expect(field(await mountComposer(client, "@mehdi1")).element.value).toBe("half a thought");
  });

  it("keeps the draft until the outbox has stored the message", async () => {
    const client = createFakeClient({ latencyMs: 5 });
    client.control.$connection.set({ state: "connecting", attempt: 1 });
    const app = await mountComposer(client);
    await field(app).setValue("precious");
    await field(app).trigger("keydown", { key: "Enter" });
    expect(field(app).element.value).toBe("");
    expect(client.drafts.get("@mehdi1")).toBe("precious");
    await expect.poll(() => client.drafts.get("@mehdi1")).toBe("");
  });

  it("gives the text back where the outbox does not take it", async () => {
    const app = await mountComposer(offline());
    app.client.control.failNext("outbox.send", createFakeError("internal", "the storage is full"));
    await field(app).setValue("precious");
    await field(app).trigger("keydown", { key: "Enter" });
    await flushPromises();
    expect(field(app).element.value).toBe("precious");
    expect(app.client.drafts.get("@mehdi1")).toBe("precious");
    expect(app.wrapper.get("[role=status]").text()).toBe("The storage is full.");
  });

  it("has a button that is only there for what can be sent", async () => {
    const app = await mountComposer(offline());
    const button = app.wrapper.get("button");
    expect(button.attributes("disabled")).toBeDefined();
    await field(app).setValue("  \n ");
    expect(button.attributes("disabled")).toBeDefined();
    await field(app).setValue("x");
    expect(button.attributes("disabled")).toBeUndefined();
    await app.wrapper.get("form").trigger("submit");
    await flushPromises();
    expect(sent(app.client)).toHaveLength(1);
  });

  it("counts down near the limit, and says why it does not send above it", async () => {
    const app = await mountComposer(offline());
    const note = () => app.wrapper.get("[role=status]").text();
    await field(app).setValue("x".repeat(8_999));
    expect(note()).toBe("");
    await field(app).setValue("x".repeat(9_990));
    expect(note()).toBe("10 characters left");
    await field(app).setValue("x".repeat(10_003));
    expect(note()).toMatch(/^3 characters too many/);
    expect(app.wrapper.get("button").attributes("disabled")).toBeDefined();
    await field(app).trigger("keydown", { key: "Enter" });
    await flushPromises();
    expect(sent(app.client)).toEqual([]);
  });

  it("takes the focus on a desktop", async () => {
    const app = await mountComposer();
    expect(document.activeElement).toBe(field(app).element);
  });
});
