import { onTestFinished, vi } from "vitest";

/** happy-dom lays nothing out: gives every element a size for the test, so that virtual lists draw rows. */
export function giveElementsSize(height: number, width = 800): void {
  const spies = [
    vi.spyOn(HTMLElement.prototype, "offsetHeight", "get").mockReturnValue(height),
    vi.spyOn(HTMLElement.prototype, "offsetWidth", "get").mockReturnValue(width),
    vi.spyOn(HTMLElement.prototype, "clientHeight", "get").mockReturnValue(height),
  ];
  onTestFinished(() => spies.forEach((spy) => spy.mockRestore()));
}
