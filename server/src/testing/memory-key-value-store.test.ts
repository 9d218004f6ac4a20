import { describeKeyValue } from "../key-value.contract.ts";
import { createMemoryKeyValueStore } from "./memory-key-value-store.ts";

describeKeyValue("memory", async () => {
  const store = createMemoryKeyValueStore();
  return { stores: [store, store], [Symbol.asyncDispose]: () => store.close() };
});
