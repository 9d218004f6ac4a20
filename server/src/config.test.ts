import { expect, it } from "vitest";
import { loadConfig } from "./config.ts";

const problems = (env: NodeJS.ProcessEnv): string => {
  try {
    loadConfig({ env, args: [] });
    return "";
  } catch (error) {
    return (error as Error).message;
  }
};

it("refuses two ports of one number", () => {
  const tls = { TLS: "self-signed" };
  expect(problems({ ...tls, PORT: "7001" })).toContain("TLS_PORT must differ from PORT");
  expect(problems({ METRICS_PORT: "7000" })).toContain("METRICS_PORT must differ from PORT");
  expect(problems({ ...tls, METRICS_PORT: "7001" })).toContain("METRICS_PORT must differ from TLS_PORT");
  expect(problems({ ...tls, TLS_PORT: "9464", METRICS_PORT: "9464" })).toContain(
    "METRICS_PORT must differ from TLS_PORT",
  );
});

it("takes a number twice where one of the ports is not opened, or each is a free one", () => {
  expect(problems({ METRICS_PORT: "7001" })).toBe("");
  expect(problems({ TLS: "self-signed", PORT: "0", TLS_PORT: "0", METRICS_PORT: "0" })).toBe("");
});
