import { test } from "bun:test";
import { until } from "./until.ts";

const NAMES = ["chromium", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge"];
const path = NAMES.flatMap((name) => Bun.which(name) ?? []).at(0);

/** A test in Chromium; skipped by name where there is none. */
export const browserTest = path === undefined ? test.skip : test;

export type BrowserOptions = {
  readonly width?: number;
  readonly height?: number;
  readonly isPhone?: boolean;
  /** What the user has set: `prefers-color-scheme` and its like. */
  readonly prefers?: Readonly<Record<string, string>>;
};

/** A tab, and somebody before it with a keyboard and a mouse. */
export class Browser implements Disposable {
  readonly #view: Bun.WebView;
  readonly #problems: string[] = [];

  private constructor(view: Bun.WebView) {
    this.#view = view;
  }

  static async open({ width = 1280, height = 900, isPhone = false, prefers = {} }: BrowserOptions = {}) {
    if (path === undefined) throw new Error("there is no Chromium");
    // As root it does not start in its own sandbox; a container has little shared memory.
    const argv = ["--no-sandbox", "--disable-dev-shm-usage"];
    const view = new Bun.WebView({ width, height, backend: { type: "chrome", path, argv } });
    const browser = new Browser(view);
    await view.navigate("about:blank");
    const size = { width, height, deviceScaleFactor: isPhone ? 2 : 1, mobile: isPhone };
    await view.cdp("Emulation.setDeviceMetricsOverride", size);
    const features = Object.entries(prefers).map(([name, value]) => ({ name, value }));
    await view.cdp("Emulation.setEmulatedMedia", { features });
    // As if it were in front, whatever other tabs there are.
    await view.cdp("Emulation.setFocusEmulationEnabled", { enabled: true });
    view.addEventListener("Runtime.exceptionThrown", ({ data }) => browser.#problems.push(JSON.stringify(data)));
    await view.cdp("Runtime.enable");
    return browser;
  }

  /** What went wrong in the page's own program. */
  get problems(): readonly string[] {
    return this.#problems;
  }

  async goTo(url: string): Promise<void> {
    await this.#view.navigate(url);
  }

  /** Back to another state of the page; the view's own waits for a page to be loaded. */
  async back(): Promise<void> {
    const gone =
      "new Promise((resolve) => (addEventListener('popstate', () => resolve(true), { once: true }), history.back()))";
    await this.value(gone);
  }

  /** What an expression of the page is worth. */
  value<T>(expression: string): Promise<T> {
    return this.#view.evaluate<T>(expression);
  }

  /** The texts of all elements that are shown and fit. */
  texts(selector: string): Promise<string[]> {
    return this.value(
      `[...document.querySelectorAll(${JSON.stringify(selector)})].filter((one) => one.checkVisibility()).map((one) => one.innerText.trim())`,
    );
  }

  /** Waits until an expression of the page is true. */
  async until(expression: string): Promise<void> {
    await until(() => this.value<boolean>(`Boolean(${expression})`));
  }

  async click(selector: string): Promise<void> {
    await this.#view.scrollTo(selector, { block: "nearest" });
    await this.#view.click(selector);
  }

  type(text: string): Promise<void> {
    return this.#view.type(text);
  }

  /** Keys by their names, one after the other. */
  async press(...keys: readonly string[]): Promise<void> {
    for (const key of keys) {
      if (key.length > 1) await this.#view.press(key);
      else {
        await this.#view.cdp("Input.dispatchKeyEvent", { type: "keyDown", key, text: key });
        await this.#view.cdp("Input.dispatchKeyEvent", { type: "keyUp", key });
      }
    }
  }

  /** Roles and names that a screen reader is told. */
  async accessible(): Promise<{ role: string; name: string }[]> {
    type Node = { ignored: boolean; role?: { value: string }; name?: { value: string } };
    const { nodes } = await this.#view.cdp<{ nodes: Node[] }>("Accessibility.getFullAXTree");
    return nodes
      .filter(({ ignored }) => !ignored)
      .map(({ role, name }) => ({ role: role?.value ?? "", name: name?.value ?? "" }));
  }

  async allowClipboard(): Promise<void> {
    await this.#view.cdp("Browser.grantPermissions", {
      permissions: ["clipboardReadWrite", "clipboardSanitizedWrite"],
    });
  }

  [Symbol.dispose](): void {
    this.#view.close();
  }
}
