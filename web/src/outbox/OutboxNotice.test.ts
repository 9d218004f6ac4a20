import { flushPromises } from "@vue/test-utils";
import { describe, expect, it } from "vitest";
import { createFakeClient } from "../testing/fake-client.ts";
import { createFakeError } from "../testing/fake-error.ts";
import { mountApp } from "../testing/mount-app.ts";
import OutboxDialog from "./OutboxDialog.vue";
import OutboxNotice from "./OutboxNotice.vue";

async function refuse(client = createFakeClient()) {
  client.control.failNext("pin", createFakeError("failed_precondition", "100 messages are pinned already."));
  await client.outbox.add({ kind: "pin", seq: 3 });
  await client.outbox.add({ kind: "send", conversation: "#general", text: "fail: precious" });
  await flushPromises();
  return client;
}

describe("refused actions", () => {
  it("are told wherever one is", async () => {
    const { wrapper, client, shell } = await mountApp(OutboxNotice);
    expect(wrapper.find("button").exists()).toBe(false);
    await refuse(client);
    expect(wrapper.get("button").text()).toBe("2 actions were refused");
    await wrapper.get("button").trigger("click");
    expect(shell.dialog.value).toBe("outbox");
  });

  it("are listed with place, text and reason, and go by Retry or Discard", async () => {
    const client = await refuse();
    const { wrapper } = await mountApp(OutboxDialog, { client });
    await expect.poll(() => document.querySelectorAll("[role=dialog] li").length).toBe(2);
    const [pin, send] = document.querySelectorAll("[role=dialog] li");
    expect(pin?.textContent).toContain("General");
    expect(pin?.textContent).toContain("Not pinned. 100 messages are pinned already.");
    expect(send?.textContent).toContain("fail: precious");
    pin?.querySelectorAll<HTMLElement>("[role=alert] button")[1]?.click();
    send?.querySelector<HTMLElement>("[role=alert] button")?.click();
    await expect.poll(() => client.outbox.$items.get()).toEqual([]);
    expect(wrapper.emitted("close")).toHaveLength(1);
    expect(client.control.store.$messages.get().at(-1)?.text).toBe("fail: precious");
  });
});
