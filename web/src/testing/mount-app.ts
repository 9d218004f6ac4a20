import { flushPromises, mount, type VueWrapper } from "@vue/test-utils";
import { onTestFinished } from "vitest";
import { defineComponent, h, provide, type Component } from "vue";
import { createMemoryHistory, type Router } from "vue-router";
import { installChat } from "../chat/install-chat.ts";
import { MESSAGE_ACTIONS, useMessageActing, type MessageActions } from "../message/use-message-actions.ts";
import { QUOTES, useQuotes } from "../message/use-quotes.ts";
import { useTimeline, type OpenTimeline } from "../message/use-timeline.ts";
import { createChatRouter } from "../router.ts";
import { createShell, SHELL, type Shell } from "../shell/use-shell.ts";
import { createFakeClient } from "./fake-client.ts";

type FakeClient = ReturnType<typeof createFakeClient>;

/** A component in an app like the real one: client, people, router and shell. */
export interface MountedApp {
  readonly wrapper: VueWrapper;
  readonly client: FakeClient;
  readonly router: Router;
  readonly shell: Shell;
}

/** Mounts it in the document at `path` (default "/") and takes it away after the test. */
export async function mountApp(
  component: Component,
  options: { props?: Record<string, unknown>; client?: FakeClient; path?: string } = {},
): Promise<MountedApp> {
  const client = options.client ?? createFakeClient();
  const router = createChatRouter({ client, history: createMemoryHistory() });
  await router.push(options.path ?? "/");
  const shell = createShell();
  const wrapper = mount(component, {
    attachTo: document.body,
    ...(options.props && { props: options.props }),
    global: {
      plugins: [router, { install: (app) => installChat(app, client) }],
      provide: { [SHELL as symbol]: shell },
    },
  });
  onTestFinished(() => wrapper.unmount());
  await flushPromises();
  return { wrapper, client, router, shell };
}

/** Mounts a part of an open conversation, with what one does to messages. `timeline` is given to the part, too, where `props` asks for it. */
export async function mountInConversation(
  component: Component,
  options: {
    conversation: string;
    props?: (timeline: OpenTimeline) => Record<string, unknown>;
    client?: FakeClient;
  },
): Promise<MountedApp & { readonly actions: MessageActions; readonly timeline: OpenTimeline }> {
  let actions: MessageActions | undefined;
  let timeline: OpenTimeline | undefined;
  const around = defineComponent(() => {
    timeline = useTimeline(options.conversation);
    actions = useMessageActing({ conversation: options.conversation, timeline, address: () => options.conversation });
    provide(MESSAGE_ACTIONS, actions);
    provide(QUOTES, useQuotes(timeline.state));
    const props = options.props?.(timeline) ?? {};
    return () => h(component, props);
  });
  const app = await mountApp(around, options.client ? { client: options.client } : {});
  if (!actions || !timeline) throw new Error("not mounted");
  return { ...app, actions, timeline };
}
