import { writeFile } from "node:fs/promises";
import path from "node:path";
import { rootCertificates } from "node:tls";
import { createNodeChatClient } from "@chat/client/node";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { openClient } from "./open-client.ts";
import { temporaryHome } from "./testing/temporary-home.ts";

vi.mock("@chat/client/node", () => ({ createNodeChatClient: vi.fn(() => Promise.resolve({})) }));
beforeEach(() => void vi.mocked(createNodeChatClient).mockClear());

const url = "https://chat.example";
const given = () => vi.mocked(createNodeChatClient).mock.calls[0]?.[0];

describe("opening the SDK", () => {
  it("says where the server and the state are, and whether the cursor is kept", async () => {
    await openClient({ target: { url, insecure: false }, stateFile: "/state.json", resume: "stored", autoStart: true });
    expect(given()).toEqual({ baseUrl: url, storage: { path: "/state.json" }, cursor: "stored", autoStart: true });
    vi.mocked(createNodeChatClient).mockClear();
    await openClient({ target: { url, insecure: true }, stateFile: "/s", resume: "fresh", autoStart: false });
    expect(given()).toMatchObject({ cursor: "memory", tls: { rejectUnauthorized: false } });
  });

  it("trusts a given authority besides the system's", async () => {
    const caFile = path.join(temporaryHome(), "ca.pem");
    const own = "-----BEGIN CERTIFICATE-----\nOWN\n-----END CERTIFICATE-----\n";
    await writeFile(caFile, own);
    await openClient({ target: { url, caFile, insecure: false }, stateFile: "/s", resume: "fresh", autoStart: false });
    expect(given()?.tls?.ca).toContain(own);
    expect(given()?.tls?.ca).toContain(rootCertificates[0]);
  });

  it("says which certificate file is no good", async () => {
    const options = { stateFile: "/s", resume: "fresh", autoStart: false } as const;
    await expect(openClient({ ...options, target: { url, caFile: "/nowhere.pem", insecure: false } })).rejects.toThrow(
      "/nowhere.pem",
    );
    await expect(openClient({ ...options, target: { url, caFile: "/etc/hostname", insecure: false } })).rejects.toThrow(
      "no certificate",
    );
  });
});
