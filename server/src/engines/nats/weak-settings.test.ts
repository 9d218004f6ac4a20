import { DiscardPolicy, RetentionPolicy, StorageType } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { jetstreamManager } from "@nats-io/jetstream";
import { pino } from "pino";
import { describe, expect, it } from "vitest";
import { startNatsServer } from "../../../../scripts/nats-server/start.ts";
import { createNatsEngine } from "./engine.ts";
import { LOG_STREAM, LOG_SUBJECT } from "./record-log.ts";
import { OLDEST_NATS, losingSettings, type StreamSettings, weakSettings } from "./weak-settings.ts";

const STRONG: StreamSettings = {
  storage: StorageType.File,
  num_replicas: 3,
  retention: RetentionPolicy.Limits,
  discard: DiscardPolicy.New,
  deny_purge: true,
  max_age: 0,
  max_msgs: -1,
  max_bytes: -1,
};

describe("settings of NATS", () => {
  it("are nothing to speak of where they are as they should be", () => {
    expect(weakSettings(STRONG, OLDEST_NATS)).toEqual([]);
    expect(weakSettings(STRONG, "2.11.0")).toEqual([]);
    expect(weakSettings(STRONG, "2.12.1-beta.3")).toEqual([]);
    expect(weakSettings(STRONG, undefined)).toEqual([]);
  });

  it.each<[Partial<StreamSettings>, RegExp]>([
    [{ storage: StorageType.Memory }, /memory/],
    [{ num_replicas: 1 }, /1 replica:/],
    [{ num_replicas: 2 }, /2 replicas:/],
    [{ retention: RetentionPolicy.Workqueue }, /retention is workqueue/],
    [{ discard: DiscardPolicy.Old }, /discards old/],
    [{ deny_purge: false }, /purged/],
    [{ max_age: 1 }, /limits/],
    [{ max_msgs: 1 }, /limits/],
    [{ max_bytes: 1 }, /limits/],
  ])("are warned of where they are weaker: %j", (weaker, words) => {
    expect(weakSettings({ ...STRONG, ...weaker }, OLDEST_NATS)).toEqual([expect.stringMatching(words)]);
  });

  it.each<[Partial<StreamSettings>, readonly string[]]>([
    [{}, []],
    [{ num_replicas: 1, deny_purge: false }, []],
    [{ max_msgs: 2, max_bytes: 2 }, []], // new ones are refused then, and nothing is lost
    [{ discard: DiscardPolicy.Old }, []],
    [{ discard: DiscardPolicy.Old, max_msgs: 2 }, ["max_msgs with discard old"]],
    [{ discard: DiscardPolicy.Old, max_bytes: 2 }, ["max_bytes with discard old"]],
    [{ max_age: 1 }, ["max_age"]],
    [{ max_msgs_per_subject: 5 }, ["max_msgs_per_subject"]],
    [{ max_msgs_per_subject: 5, discard_new_per_subject: true }, []],
    [{ retention: RetentionPolicy.Interest }, ["retention interest"]],
  ])("remove records from the log where they are %j: %j", (weaker, losing) => {
    expect(losingSettings({ ...STRONG, ...weaker })).toEqual(losing);
  });

  it.each(["2.10.26", "2.9.99", "1.99.99"])("are warned of where nats-server is too old: %s", (version) => {
    expect(weakSettings(STRONG, version)).toEqual([expect.stringContaining(version)]);
  });

  it("are read from the stream and the server at start, whoever made the stream", async () => {
    await using nats = await startNatsServer();
    const connection = await connect({ servers: nats.url });
    await (
      await jetstreamManager(connection)
    ).streams.add({
      name: LOG_STREAM,
      subjects: [LOG_SUBJECT],
      storage: StorageType.Memory,
      discard: DiscardPolicy.Old,
      max_bytes: 1e6,
      metadata: { "chat-epoch": "some" },
    });
    await connection.close();
    const lines: string[] = [];
    const engine = await createNatsEngine({
      servers: nats.url,
      credsFile: undefined,
      replicas: 1,
      logger: pino({ level: "warn" }, { write: (line: string) => void lines.push(line) }),
      signal: new AbortController().signal,
    });
    await engine.close();
    for (const words of ["memory", "1 replica", "limits", "discards old", "deny_purge"])
      expect(lines.filter((line) => line.includes(words))).toHaveLength(1);
  });
});
