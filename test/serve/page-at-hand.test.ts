import { describe, expect } from "bun:test";
import { Browser, browserTest } from "../support/browser.ts";
import { pageServer, result } from "./page-server.ts";

const SHOWN = "document.body.dataset.phase === 'results'";
const FOCUS = "document.activeElement.id || document.activeElement.className || document.activeElement.localName";
const WIDTH = "document.documentElement.scrollWidth - document.documentElement.clientWidth";
const PHONE = { width: 360, height: 740, isPhone: true };
const WIDE = "w".repeat(400);
const RESULTS = [
  result({ title: "First", deprecated: true, generations: ["dwc"], display_url: "https://docs.example.com/a" }),
  result({
    title: "Second",
    source_type: "Tutorial",
    content: "One.\n\n```\ncode\n```\n\n| a | b |\n| - | - |\n| 1 | 2 |",
  }),
  result({ title: "Third", content: `${"A line.\n\n".repeat(80)}The end.` }),
];

/** Texts, of those that are shown, with less contrast to what is behind them than WCAG wants (4.5). */
const PALE = `(() => {
  const parts = (color) => color.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
    .map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (one) => {
    for (let at = one; at; at = at.parentElement) {
      const color = parts(getComputedStyle(at).backgroundColor);
      if (color.length === 3 || color[3] === 1) return color;
    }
  };
  return [...document.body.querySelectorAll("*")]
    .filter((one) => one.checkVisibility() && !one.matches(".unseen, :disabled, :has(:disabled), script")
      && [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== ""))
    .flatMap((one) => {
      const [a, b] = [light(parts(getComputedStyle(one).color)), light(behind(one))].sort((x, y) => y - x);
      const contrast = (a + 0.05) / (b + 0.05);
      return contrast < 4.5 ? [one.innerText.slice(0, 40) + " " + contrast.toFixed(2)] : [];
    });
})()`;

describe("the search page, by keyboard alone,", () => {
  browserTest("is searched, walked through, and opens and closes results", async () => {
    await using server = pageServer(() => RESULTS);
    using browser = await Browser.open();
    await browser.goTo(server.url);
    await browser.value("document.activeElement.blur()");
    await browser.press("/");
    await browser.type("line j/k");
    await browser.press("Enter");
    await browser.until(SHOWN);
    expect(server.questions).toEqual([{ query: "line j/k", limit: 50 }]);
    const walk = [
      { key: "ArrowDown", focus: "result-1" },
      { key: "j", focus: "result-2" },
      { key: "ArrowDown", focus: "result-3" },
      { key: "j", focus: "result-3" },
      { key: "k", focus: "result-2" },
      { key: "ArrowUp", focus: "result-1" },
      { key: "k", focus: "query" },
      { key: "ArrowDown", focus: "result-1" },
    ];
    for (const { key, focus } of walk) {
      await browser.press(key);
      expect({ key, focus: await browser.value<string>(FOCUS) }).toEqual({ key, focus });
    }
    await browser.press("j", "j", "Enter");
    expect(await browser.texts("h2 [aria-expanded=true]")).toEqual(["Third"]);
    expect(await browser.value<string>(FOCUS)).toBe("result-3");
    await browser.press("Tab");
    expect(await browser.value<string>("document.activeElement.innerText")).toBe("Copy source URL");
    await browser.press("Escape");
    expect(await browser.texts("h2 [aria-expanded=true]")).toEqual([]);
    expect(await browser.value<string>(FOCUS)).toBe("result-3");
    await browser.press("Escape");
    expect(await browser.value<string>(FOCUS)).toBe("query");
  });

  browserTest("leads by Tab past the head, through what narrows down, to the results, each visibly", async () => {
    await using server = pageServer(() => RESULTS);
    using browser = await Browser.open();
    await browser.goTo(`${server.url}?q=line`);
    await browser.until(SHOWN);
    const visible = `(() => {
      const one = document.activeElement;
      const rings = [one, one.closest("label"), one.closest(".result"), one.closest(".box"), one.querySelector("span")];
      return rings.some((ring) => ring && getComputedStyle(ring).outlineStyle !== "none" && parseFloat(getComputedStyle(ring).outlineWidth) >= 2);
    })()`;
    const stops: string[] = [];
    for (let stop = 0; stop < 9; stop++) {
      await browser.press("Tab");
      stops.push(await browser.value<string>(FOCUS));
      expect([stops.at(-1), await browser.value<boolean>(visible)]).toEqual([stops.at(-1), true]);
    }
    expect(stops).toEqual([
      ...["skip", "home-link", "query", "button", "input", "source-0", "type-0", "result-1", "a"],
    ]);
    // Arrows are of a choice while one is focused.
    await browser.value("document.getElementById('source-0').focus()");
    await browser.press("ArrowDown");
    expect(await browser.texts(".result h2")).toEqual(["First", "Third"]);
    expect(await browser.value<string>(FOCUS)).toBe("source-1");
    // The skip link goes to the results.
    await browser.value("document.querySelector('.skip').focus()");
    await browser.press("Enter", "Tab");
    expect(await browser.value<string>(FOCUS)).toBe("source-1");
  });

  browserTest("tells a screen reader what each control is, and how many results there are", async () => {
    await using server = pageServer(() => RESULTS);
    using browser = await Browser.open();
    await browser.goTo(`${server.url}?q=line&open=1`);
    await browser.until(SHOWN);
    const told = await browser.accessible();
    const controls = told.filter(({ role }) => /^(?:button|link|searchbox|radio)$/.test(role));
    expect(controls.filter(({ name }) => name === "")).toEqual([]);
    expect(controls).toContainEqual({ role: "searchbox", name: "Search the documentation" });
    expect(controls).toContainEqual({ role: "link", name: "Read “First” at docs.example.com" });
    expect(told.filter(({ role }) => role === "status")).toHaveLength(2);
    expect(told.filter(({ role }) => role === "heading").map(({ name }) => name)).toEqual([
      ...["BBj documentation", "First", "Second", "Third"],
    ]);
  });
});

describe("the search page", () => {
  browserTest("fits a phone, whatever it shows", async () => {
    const wide = result({
      ...{
        title: WIDE,
        context_header: `${WIDE} > ${WIDE}`,
        source_url: `manual://${WIDE}`,
        source_type: WIDE,
        doc_type: WIDE,
      },
      display_url: `https://${"w".repeat(60)}.example.com/`,
      generations: [WIDE],
      content: `${WIDE} > ${WIDE}\n\n${WIDE}\n\n- ${WIDE}\n\n\`${WIDE}\`\n\n\`\`\`\n${WIDE}\n\`\`\`\n\n| ${WIDE} | b |\n| - | - |\n| 1 | 2 |`,
    });
    await using server = pageServer(({ query }) => (query === "none" ? [] : [wide, ...RESULTS]));
    using browser = await Browser.open(PHONE);
    for (const address of ["", "?q=none", "?q=line", `?q=${WIDE}`, "?q=line&open=1"]) {
      await browser.goTo("about:blank");
      await browser.goTo(server.url + address);
      await browser.until("!['waiting', undefined].includes(document.body.dataset.phase)");
      expect([address, await browser.value<number>(WIDTH)]).toEqual([address, 0]);
    }
    expect(await browser.texts(".facets")).toEqual([]);
    await browser.click("#fold");
    expect((await browser.texts(".facets legend")).length).toBe(2);
    expect(await browser.value<number>(WIDTH)).toBe(0);
    // A finger hits it.
    const heights =
      "[...document.querySelectorAll('.generations label, .facets label, .plain')].filter((one) => one.checkVisibility()).map((one) => one.offsetHeight)";
    expect(Math.min(...(await browser.value<number[]>(heights)))).toBeGreaterThanOrEqual(24);
  });

  for (const scheme of ["light", "dark"]) {
    browserTest(`is readable in ${scheme} colours`, async () => {
      await using server = pageServer(({ query }) =>
        query === "none" ? [] : query === "bad" ? new Response("", { status: 503 }) : RESULTS,
      );
      using browser = await Browser.open({ prefers: { "prefers-color-scheme": scheme } });
      for (const address of ["", "?q=none", "?q=bad", "?q=first+line&open=2"]) {
        await browser.goTo("about:blank");
        await browser.goTo(server.url + address);
        await browser.until("!['waiting', undefined].includes(document.body.dataset.phase)");
        expect([address, await browser.value<string[]>(PALE)]).toEqual([address, []]);
      }
      const brightness =
        "getComputedStyle(document.body).backgroundColor.match(/\\d+/g).reduce((sum, v) => sum + Number(v), 0)";
      const isDark = (await browser.value<number>(brightness)) < 150;
      expect(isDark).toBe(scheme === "dark");
    });
  }

  browserTest("moves nothing for those who want no motion", async () => {
    await using server = pageServer(() => new Promise<Response>(() => {}));
    using still = await Browser.open({ prefers: { "prefers-reduced-motion": "reduce" } });
    using moving = await Browser.open({ prefers: { "prefers-reduced-motion": "no-preference" } });
    const animated = "document.getAnimations().length";
    for (const browser of [still, moving]) {
      await browser.goTo(`${server.url}?q=slow`);
      await browser.until("document.body.dataset.phase === 'waiting'");
    }
    expect(await moving.value<number>(animated)).toBeGreaterThan(0);
    expect(await still.value<number>(animated)).toBe(0);
  });
});
