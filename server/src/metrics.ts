import { AggregatorRegistry, collectDefaultMetrics, Counter, Gauge, Registry } from "prom-client";

/** What the server tells Prometheus. */
export interface Metrics {
  /** Counts a call. `code` is a gRPC code's name, "Ok" for success. */
  countCall(path: string, code: string, durationMs: number): void;
  /** Something that is measured when somebody asks. @param together what several workers' figures come to, the sum by default */
  gauge(name: string, help: string, read: () => number, together?: "sum" | "min"): void;
  /** Something that is counted, by one label where `label` names it. @returns counts one, of the label's value */
  counter(name: string, help: string, label?: string): (value?: string) => void;
  /** At most once a second anew: whoever asks more often gets the same figures again. */
  render(): Promise<{ type: string; text: string }>;
}

const FRESH_MS = 1_000;

/**
 * A registry of this server's own, with the process's figures in it.
 * @param options.ofAllWorkers gets the figures of all workers together, where this process is one of several
 */
export function createMetrics(
  options: { ofAllWorkers?: (() => Promise<string>) | undefined; now?: () => number } = {},
): Metrics {
  const { ofAllWorkers, now = () => performance.now() } = options;
  const registry = ofAllWorkers ? new AggregatorRegistry() : new Registry();
  if (ofAllWorkers) AggregatorRegistry.setRegistries(registry);
  collectDefaultMetrics({ register: registry });
  const calls = new Counter({
    name: "chat_calls_total",
    help: "Calls and streams that ended",
    labelNames: ["call", "code"],
    registers: [registry],
  });
  const seconds = new Counter({
    name: "chat_call_seconds_total",
    help: "Time from request to end",
    labelNames: ["call"],
    registers: [registry],
  });
  // A counter with its labels looked up already: looking them up costs more than counting.
  const labelled = new Map<string, { calls: Counter.Internal; seconds: Counter.Internal }>();
  function countersOf(path: string, code: string): { calls: Counter.Internal; seconds: Counter.Internal } {
    const key = `${path} ${code}`;
    let counters = labelled.get(key);
    if (!counters) {
      counters = { calls: calls.labels(path, code), seconds: seconds.labels(path) };
      labelled.set(key, counters);
    }
    return counters;
  }

  let rendered: { readonly at: number; readonly text: Promise<string> } | undefined;

  return {
    countCall(path, code, durationMs) {
      const counters = countersOf(path, code);
      counters.calls.inc();
      counters.seconds.inc(durationMs / 1_000);
    },
    gauge(name, help, read, together = "sum") {
      new Gauge({
        name,
        help,
        aggregator: together,
        registers: [registry],
        collect() {
          this.set(read());
        },
      });
    },
    counter(name, help, label) {
      const counter = new Counter({
        name,
        help,
        labelNames: label === undefined ? [] : [label],
        registers: [registry],
      });
      return (value) => (label === undefined || value === undefined ? counter.inc() : counter.inc({ [label]: value }));
    },
    render() {
      const time = now();
      if (!rendered || time - rendered.at >= FRESH_MS) {
        const text = (ofAllWorkers ?? (() => registry.metrics()))();
        const answer = { at: time, text };
        rendered = answer;
        text.catch(() => {
          if (rendered === answer) rendered = undefined; // a failure is not kept
        });
      }
      return rendered.text.then((text) => ({ type: registry.contentType, text }));
    },
  };
}
