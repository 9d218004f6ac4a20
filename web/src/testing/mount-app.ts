import { flushPromises, mount, type VueWrapper } from "@vue/test-utils";
import { onTestFinished } from "vitest";
import type { Component } from "vue";
import { createMemoryHistory, type Router } from "vue-router";
import { installChat } from "../chat/install-chat.ts";
import { createChatRouter } from "../router.ts";
import { createShell, SHELL, type Shell } from "../shell/use-shell.ts";
import { createFakeClient } from "./fake-client.ts";

type FakeClient = ReturnType<typeof createFakeClient>;

/** A component in an app like the real one: client, names, unseen counts, router and shell. */
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
