type Rule = { readonly label: string; readonly pattern: RegExp };

/** The first rule that fits decides; a program for the browser also uses what the older ones use. */
const CODE_RULES: readonly Rule[] = [
  {
    label: "dwc",
    pattern:
      /BBjHtmlView|BBjWebComponent|\b(?:setCss|addStyle|getStyle)\b|setResponsive|getComputedStyle|BBjNavigator|webManager|setAttribute\(\s*["']dwc-/i,
  },
  {
    label: "bbj_gui",
    pattern:
      /\bBBjAPI\s*\(|getSysGui|\bSYSGUI\b|PROCESS_EVENTS|\b(?:addWindow|addButton|addEditBox|setCallback)\b|BBjTopLevelWindow/i,
  },
];

const CHARACTER_MODE: Rule = {
  label: "character",
  pattern: /\bcharacter[- ]mode\b|\bgreen[- ]screens?\b|\bterminal emulat(?:ion|or)s?\b/i,
};

/** Labels in the order in which a document has them. A source's `generation_tag` may be another one. */
export const GENERATIONS: readonly string[] = ["all", "character", "vpro5", "bbj_gui", "dwc"];
const NOTHING_FOUND = "untagged";
/** What the signals for a label must add up to. */
const SCORE_MIN = 0.3;

/** Where a topic lies below `Content`; the longest path that fits counts. */
const PATH_SCORE = 0.6;
const PATHS: Readonly<Record<string, readonly string[]>> = {
  bbj_gui: [
    ...["bbjobjects/", "bbjevents/", "bbjinterfaces/", "gridmethods/", "gridctrl/", "bui/", "appbuildingblocks/"],
    ...["mnemonic/sysgui/", "commands/bbj-commands/", "commands/bbj-variables/"],
  ],
  dwc: ["dwc/"],
  character: ["mnemonic/terminal/"],
  vpro5: ["guibuild/", "formbuilder/", "resbuild/", "rescomp/", "resprops/", "ddbuild/"],
  all: [
    ...["commands/", "events/", "sendmsg/", "sysadmin/", "config/", "usr/", "dataserv/", "b3odbc/", "bbutil/"],
    ...["util/", "eus/"],
  ],
};

/** Condition tags of a topic. */
const CONDITIONS: readonly { readonly label: string; readonly score: number; readonly tags: readonly string[] }[] = [
  { label: "vpro5", score: 0.5, tags: ["Primary.guibuild_chm", "Primary.resbuild_chm", "Primary.ddbuild_chm"] },
  { label: "all", score: 0.3, tags: ["Primary.config_chm", "Primary.EMHelp", "Primary.BDTHelp"] },
];

/** What a topic's text speaks of. */
const TEXT_SCORE = 0.4;
const TEXT_RULES: readonly Rule[] = [
  { label: "bbj_gui", pattern: /\bPROCESS_EVENTS\b|\bBBjAPI\s*\(\s*\)|\bBBjSysGui\b|\bSysGUI\b/i },
  // In capitals: the abbreviation of the product.
  { label: "dwc", pattern: /\bDWC\b|\b[Dd]ynamic [Ww]eb [Cc]lient\b|\bBBjWebComponent\b|\b[Ww]eb [Cc]omponents?\b/ },
  CHARACTER_MODE,
  { label: "vpro5", pattern: /\bVisual PRO\/5\b|\bVPRO\/?5\b|\bGUI ?Builder\b|\bResource Compiler\b/i },
];

/** The generations of a topic of the BBj help: labels whose signals add up, `untagged` without any. */
export function generationsOfTopic(topic: {
  /** Relative to `Content`. */
  readonly path: string;
  readonly conditions: readonly string[];
  readonly content: string;
}): string[] {
  const scores = new Map<string, number>();
  const add = (label: string, score: number) => scores.set(label, (scores.get(label) ?? 0) + score);
  const label = labelOfPath(topic.path.toLowerCase());
  if (label !== undefined) add(label, PATH_SCORE);
  const tags = new Set(topic.conditions.map((tag) => tag.toLowerCase()));
  for (const rule of CONDITIONS) {
    if (rule.tags.some((tag) => tags.has(tag.toLowerCase()))) add(rule.label, rule.score);
  }
  for (const rule of TEXT_RULES) if (rule.pattern.test(topic.content)) add(rule.label, TEXT_SCORE);
  const found = GENERATIONS.filter((candidate) => (scores.get(candidate) ?? 0) >= SCORE_MIN);
  return found.length === 0 ? [NOTHING_FOUND] : found;
}

function labelOfPath(path: string): string | undefined {
  const fitting = Object.entries(PATHS).flatMap(([label, prefixes]) =>
    prefixes.filter((prefix) => path.startsWith(prefix)).map((prefix) => ({ label, length: prefix.length })),
  );
  return fitting.sort((one, other) => other.length - one.length)[0]?.label;
}

/** The generations of a BBj program. */
export function generationsOfCode(code: string, generationTag: string): string[] {
  return [firstLabel(CODE_RULES, code) ?? generationOfTag(generationTag)];
}

/** The generations of a section of a manual. */
export function generationsOfManual(text: string, generationTag: string): string[] {
  return [firstLabel([...CODE_RULES, CHARACTER_MODE], text) ?? generationOfTag(generationTag)];
}

function firstLabel(rules: readonly Rule[], text: string): string | undefined {
  return rules.find(({ pattern }) => pattern.test(text))?.label;
}

/** The generation that a source's `generation_tag` stands for; `auto` leaves it to the text. */
export function generationOfTag(generationTag: string): string {
  return generationTag === "auto" || generationTag === "" ? "all" : generationTag;
}
