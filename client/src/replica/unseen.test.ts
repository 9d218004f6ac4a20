import { describe, expect, it } from "vitest";
import { createMemoryArea, createMemoryStorage } from "../storage/memory-storage.ts";
import { clientUnderTest, type ClientUnderTest } from "../testing/client-under-test.ts";
import { createFakeServer } from "../testing/fake-server.ts";
import { createFakeTime } from "../testing/fake-time.ts";

/** Runs of one browser, one after the other. */
function browser() {
  const time = createFakeTime();
  const server = createFakeServer({ now: time.now });
  const area = createMemoryArea();
  const open = (): Promise<ClientUnderTest> =>
    clientUnderTest({ server, time, storage: createMemoryStorage(area), autoStart: true });
  return { server, time, open };
}

const unseen = ({ client }: ClientUnderTest): Record<string, number> =>
  Object.fromEntries(client.conversations.$state.get().conversations.map((each) => [each.address, each.unseen]));

describe("what is unseen", () => {
  it("is nothing on a first visit", async () => {
    const { server, open } = browser();
    server.post("bob", "@ada", "long ago");
    await using test = await open();
    expect(unseen(test)).toEqual({ "@bob": 0 });
  });

  it.each([["hello"], []])(
    "is also what came while no tab was open, until somebody looks (before: %s)",
    async (...before) => {
      const { server, time, open } = browser();
      for (const text of before) server.post("bob", "@ada", text);
      const first = await open();
      await first.client.close();
      const { seq } = server.post("bob", "@ada", "while it was closed");
      server.post("ada", "#lobby", "from another device");
      const second = await open();
      expect(unseen(second)).toEqual({ "#lobby": 0, "@bob": 1 });
      await time.advance(1_000);
      await second.client.close();
      const third = await open();
      expect(unseen(third)).toEqual({ "#lobby": 0, "@bob": 1 });
      third.client.conversations.markSeen("@bob", Number(seq));
      await time.advance(1_000);
      await third.client.close();
      await using fourth = await open();
      expect(unseen(fourth)).toEqual({ "#lobby": 0, "@bob": 0 });
    },
  );

  it("counts a message once, by whichever way it came", async () => {
    const { server, time, open } = browser();
    await using test = await open();
    server.post("bob", "@ada", "one");
    await time.advance(1_000);
    await test.client.conversations.load();
    expect(unseen(test)).toEqual({ "@bob": 1 });
  });
});
