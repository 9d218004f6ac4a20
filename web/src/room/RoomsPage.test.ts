import { flushPromises } from "@vue/test-utils";
import { describe, expect, it, vi } from "vitest";
import { createFakeClient } from "../testing/fake-client.ts";
import { createFakeError } from "../testing/fake-error.ts";
import { mountApp } from "../testing/mount-app.ts";
import RoomCreateDialog from "./RoomCreateDialog.vue";
import RoomsPage from "./RoomsPage.vue";

describe("the rooms", () => {
  it("are listed with what one can do with each", async () => {
    const { wrapper } = await mountApp(RoomsPage);
    expect(wrapper.findAll("li")).toHaveLength(5);
    expect(wrapper.find("button[aria-label='Join Lunch']").exists()).toBe(true);
    expect(wrapper.find("button[aria-label='Join General']").exists()).toBe(false);
    expect(wrapper.find("button[aria-label='Leave General']").exists()).toBe(true);
  });

  it("are searched when typing pauses", async () => {
    const { wrapper, client } = await mountApp(RoomsPage);
    const list = vi.spyOn(client.rooms, "list");
    await wrapper.get("input").setValue("#lun");
    expect(list).not.toHaveBeenCalled();
    await expect.poll(() => wrapper.findAll("li").map((row) => row.text())).toEqual([expect.stringContaining("Lunch")]);
    expect(list.mock.lastCall?.[0]).toMatchObject({ query: "lun" });
    await wrapper.get("input").setValue("nothing like it");
    await expect.poll(() => wrapper.text()).toContain("No room matches “nothing like it”.");
  });

  it("come page by page, after the last one known", async () => {
    const client = createFakeClient();
    const { rooms } = await client.rooms.list();
    const list = vi
      .spyOn(client.rooms, "list")
      .mockResolvedValueOnce({ rooms: rooms.slice(0, 2), nextPageToken: "more" });
    const { wrapper } = await mountApp(RoomsPage, { client });
    expect(wrapper.findAll("li")).toHaveLength(2);
    list.mockResolvedValueOnce({ rooms: rooms.slice(2), nextPageToken: "" });
    const more = wrapper.findAll("button").find((button) => button.text() === "Show more");
    await more?.trigger("click");
    await flushPromises();
    expect(list.mock.lastCall?.[0]).toMatchObject({ pageToken: "more" });
    expect(wrapper.findAll("li")).toHaveLength(rooms.length);
  });

  it("are joined and opened at once", async () => {
    const { wrapper, client, router } = await mountApp(RoomsPage, { path: "/rooms" });
    await wrapper.get("button[aria-label='Join Lunch']").trigger("click");
    await flushPromises();
    expect(client.control.calls).toContain("join");
    await expect.poll(() => router.currentRoute.value.params["address"]).toBe("#lunch");
  });

  it("show why a room could not be joined, and stay where they are", async () => {
    const { wrapper, client, router } = await mountApp(RoomsPage, { path: "/rooms" });
    client.control.failNext("outbox.add", createFakeError("internal", "the storage is full"));
    await wrapper.get("button[aria-label='Join Lunch']").trigger("click");
    await flushPromises();
    expect(wrapper.get("[role=alert]").text()).toBe("The storage is full.");
    expect(router.currentRoute.value.name).toBe("rooms");
  });

  it("show why they could not be loaded, and try again when asked", async () => {
    const client = createFakeClient();
    client.control.failNext("rooms.list", createFakeError("unavailable", "no server"));
    const { wrapper } = await mountApp(RoomsPage, { client });
    expect(wrapper.get("[role=alert]").text()).toContain("No server.");
    await wrapper.get("[role=alert] button").trigger("click");
    await flushPromises();
    expect(wrapper.findAll("li")).toHaveLength(5);
  });
});

describe("creating a room", () => {
  async function mountDialog() {
    const app = await mountApp(RoomCreateDialog);
    await expect.poll(() => document.querySelector("[role=dialog] form")).not.toBeNull();
    const input = (name: string) => document.querySelector<HTMLInputElement>(`[role=dialog] input[name=${name}]`);
    async function submit(name: string): Promise<void> {
      const field = input("name");
      if (!field) throw new Error("no field");
      field.value = name;
      field.dispatchEvent(new Event("input"));
      await flushPromises();
      document.querySelector("[role=dialog] form")?.dispatchEvent(new Event("submit", { cancelable: true }));
      await flushPromises();
    }
    const note = (name: string) =>
      document.getElementById(input(name)?.getAttribute("aria-describedby") ?? "none")?.querySelector(".text-danger")
        ?.textContent;
    return { ...app, submit, note };
  }

  it("opens the new room", async () => {
    const { submit, router, wrapper, client } = await mountDialog();
    const add = vi.spyOn(client.outbox, "add");
    await submit(" #Night-Shift ");
    expect(add).toHaveBeenCalledWith({ kind: "create-room", name: "night-shift", title: "", topic: "" });
    await expect.poll(() => router.currentRoute.value.params["address"]).toBe("#night-shift");
    expect(wrapper.emitted("close")).toHaveLength(1);
  });

  it("shows errors next to their fields, a taken name at the name", async () => {
    const { submit, note, client, wrapper } = await mountDialog();
    client.control.failNext(
      "create-room",
      createFakeError("invalid_argument", "invalid", [{ field: "topic", description: "is too long" }]),
    );
    await submit("x1");
    expect(note("topic")).toBe("Is too long.");
    client.control.failNext("create-room", createFakeError("already_exists", "this name is taken"));
    await submit("general");
    expect(note("name")).toBe("This name is taken.");
    expect(wrapper.emitted("close")).toBeUndefined();
    // The form holds what was refused: nothing of it stays in the outbox.
    expect(client.outbox.$items.get()).toEqual([]);
  });
});
