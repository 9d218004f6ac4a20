import type { OutboxAction, OutboxResult } from "@chat/client";
import { computed, nextTick, type ComputedRef, type Ref, type ShallowRef } from "vue";
import { useAction } from "../chat/use-action.ts";
import { useChat } from "../chat/use-chat.ts";
import type { RoomField } from "./room-fields.ts";

/** A form about a room: what goes wrong stands at its field, and what was typed stays. */
export interface RoomForm {
  readonly busy: Readonly<ShallowRef<boolean>>;
  /** What is wrong, by field. */
  readonly fields: ComputedRef<Readonly<Record<string, string>>>;
  /** What is wrong with none of the fields. */
  readonly general: ComputedRef<string | undefined>;
  submit(): Promise<void>;
}

/**
 * See {@link RoomForm}. Waits for the server while there is a connection, and calls `done` with its answer; without one the outbox keeps the
 * action, and `done` is called without an answer.
 */
export function useRoomForm(options: {
  form: Readonly<Ref<HTMLElement | null>>;
  fields: readonly RoomField[];
  action: () => OutboxAction;
  done: (result: OutboxResult | undefined) => void;
}): RoomForm {
  const { feed, outbox } = useChat();
  const { busy, error, run } = useAction(async () => {
    const { clientId } = await outbox.add(options.action());
    if (feed.$connection.get().state !== "live") return options.done(undefined);
    try {
      options.done(await outbox.done(clientId));
    } catch (refused) {
      // The form still holds it: what is sent again is what stands there then.
      await outbox.discard(clientId);
      throw refused;
    }
  });
  /** A taken name is the name's fault, whether the server names the field or not. */
  const fields = computed<Readonly<Record<string, string>>>(() => {
    if (error.value === undefined) return {};
    if (error.value.code === "already_exists" && !("name" in error.value.fields)) return { name: error.value.message };
    return error.value.fields;
  });
  const general = computed(() =>
    error.value !== undefined && !options.fields.some(({ name }) => name in fields.value)
      ? error.value.message
      : undefined,
  );
  async function submit(): Promise<void> {
    if (await run()) return;
    await nextTick();
    options.form.value?.querySelector<HTMLElement>("[aria-invalid='true']")?.focus();
  }
  return { busy, fields, general, submit };
}
