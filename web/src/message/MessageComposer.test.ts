import { flushPromises } from "@vue/test-utils";
import { describe, expect, it } from "vitest";
import { createFakeClient } from "../testing/fake-client.ts";
import { createFakeError } from "../testing/fake-error.ts";
import { FAKE_IDS } from "../testing/fake-data.ts";
import { mountInConversation, type MountedApp } from "../testing/mount-app.ts";
import MessageComposer from "./MessageComposer.vue";

const mountComposer = (client = createFakeClient(), conversation = "@mehdi1") =>
  mountInConversation(MessageComposer, {
    client,
    conversation,
    props: (timeline) => ({ conversation, title: "Sara", timeline }),
  });
const field = ({ wrapper }: MountedApp) => wrapper.get("textarea");
const sent = (client: MountedApp["client"]) =>
  client.outbox.$items
    .get()
    .map(({ action }) => (action.kind === "send" ? [action.conversation, action.text] : action));
const press = (app: MountedApp, key: string) => field(app).trigger("keydown", { key });
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
    expect(sent(app.client).map((each) => (Array.isArray(each) ? each[1] : each))).toEqual(["one", "two", "three"]);
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
    app.client.control.failNext("outbox.add", createFakeError("internal", "the storage is full"));
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

  it("shows what another tab wrote, and forgets what another tab sent", async () => {
    const app = await mountComposer(offline());
    app.client.control.draftElsewhere("4096-4097", "from elsewhere");
    await flushPromises();
    expect(field(app).element.value).toBe("from elsewhere");
    app.client.control.draftElsewhere("4096-4097", "");
    await flushPromises();
    expect(field(app).element.value).toBe("");
  });
});

describe("answering", () => {
  it("shows what is answered, and sends the answer with it", async () => {
    const app = await mountComposer(offline());
    const message = app.client.control.store.$messages.get().find(({ sender }) => sender === FAKE_IDS.mehdi1);
    if (!message) throw new Error("no message");
    app.actions.replying.value = message;
    await flushPromises();
    expect(app.wrapper.text()).toContain("Reply to Sara Lindqvist");
    expect(document.activeElement).toBe(field(app).element);
    await field(app).setValue("yes");
    await press(app, "Enter");
    await flushPromises();
    expect(app.client.outbox.$items.get()[0]?.action).toEqual({
      kind: "send",
      conversation: "@mehdi1",
      text: "yes",
      replyTo: message.seq,
    });
    expect(app.wrapper.text()).not.toContain("Reply to");
  });

  it("ends on Esc or a click, and keeps the text", async () => {
    const app = await mountComposer(offline());
    const [message] = app.client.control.store.$messages.get();
    await field(app).setValue("half");
    for (const end of [
      () => press(app, "Escape"),
      () => app.wrapper.get("[aria-label='Cancel the reply']").trigger("click"),
    ]) {
      app.actions.replying.value = message;
      await flushPromises();
      await end();
      expect(app.actions.replying.value).toBeUndefined();
      expect(field(app).element.value).toBe("half");
    }
  });
});

describe("editing", () => {
  async function mountEditing() {
    const app = await mountComposer(offline());
    await press(app, "ArrowUp");
    const message = app.client.control.store.$messages
      .get()
      .findLast(({ sender, conversation }) => sender === FAKE_IDS.mehdi && conversation === "4096-4097");
    if (!message) throw new Error("no message");
    return { ...app, message };
  }

  it("begins with ↑ in an empty field, with the last own message", async () => {
    const app = await mountEditing();
    expect(app.wrapper.text()).toContain("Editing");
    expect(field(app).element.value).toBe(app.message.text);
    expect(field(app).attributes("aria-label")).toBe("Edit the message");
  });

  it("does not begin where something is written", async () => {
    const app = await mountComposer(offline());
    await field(app).setValue("x");
    await press(app, "ArrowUp");
    expect(app.actions.editing.value).toBeUndefined();
  });

  it("saves on Enter, and goes on with an empty field", async () => {
    const app = await mountEditing();
    await field(app).setValue("better");
    await press(app, "Enter");
    await flushPromises();
    expect(app.client.outbox.$items.get().map(({ action }) => action)).toEqual([
      { kind: "edit", seq: app.message.seq, text: "better" },
    ]);
    expect(field(app).element.value).toBe("");
    expect(app.actions.editing.value).toBeUndefined();
  });

  it("saves nothing where nothing was changed", async () => {
    const app = await mountEditing();
    await press(app, "Enter");
    await flushPromises();
    expect(app.client.outbox.$items.get()).toEqual([]);
    expect(app.actions.editing.value).toBeUndefined();
  });

  it("gives the draft back on Esc, and never writes the edit into it", async () => {
    const client = offline();
    client.drafts.set("@mehdi1", "half a thought");
    const app = await mountComposer(client);
    app.actions.editing.value = client.control.store.$messages
      .get()
      .findLast(({ sender }) => sender === FAKE_IDS.mehdi);
    await flushPromises();
    await field(app).setValue("changed");
    expect(client.drafts.get("@mehdi1")).toBe("half a thought");
    await press(app, "Escape");
    expect(field(app).element.value).toBe("half a thought");
    expect(app.actions.editing.value).toBeUndefined();
  });

  it("asks whether to delete where no text is left", async () => {
    const app = await mountEditing();
    await field(app).setValue("  ");
    await press(app, "Enter");
    await flushPromises();
    expect(app.actions.open.value).toMatchObject({ part: "delete", row: { message: { seq: app.message.seq } } });
    expect(app.client.outbox.$items.get()).toEqual([]);
  });

  it("keeps the new text where the outbox does not take it", async () => {
    const app = await mountEditing();
    app.client.control.failNext("outbox.add", createFakeError("internal", "the storage is full"));
    await field(app).setValue("better");
    await press(app, "Enter");
    await flushPromises();
    expect(field(app).element.value).toBe("better");
    expect(app.wrapper.get("[role=status]").text()).toBe("The storage is full.");
  });
});
