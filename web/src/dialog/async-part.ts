import { defineAsyncComponent, type Component } from "vue";
import DialogUnavailable from "./DialogUnavailable.vue";

/** A dialog, menu or panel that is fetched when it is first opened. Where it cannot be fetched, a dialog says so and can be closed. */
export function asyncPart(load: () => Promise<Component | { default: Component }>): Component {
  return defineAsyncComponent({
    loader: load as () => Promise<Component>,
    errorComponent: DialogUnavailable,
    delay: 0,
  });
}
