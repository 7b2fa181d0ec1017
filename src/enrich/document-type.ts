import { closesFence, type Fence, headingOf, openFence } from "../text/markdown.ts";

type TypeRule = {
  readonly type: string;
  /** Without all of these headings a page is not of the type. */
  readonly required: readonly RegExp[];
  readonly optional: readonly RegExp[];
  /** Headings that make it likelier when one of them is there. */
  readonly telling?: readonly RegExp[];
  readonly path?: RegExp;
  readonly text?: RegExp;
  readonly scoreMin: number;
};

// In hundredths, which add up exactly.
const REQUIRED_SCORE = 40;
const OPTIONAL_SCORE = 15;
const OPTIONAL_SCORE_MAX = 45;
const TELLING_SCORE = 20;
const PATH_SCORE = 20;
const TEXT_SCORE = 15;
const REFERENCE_MIN = 50;
const OTHER_MIN = 15;
const FALLBACK = "concept";

const DESCRIPTION = /^descriptions?$/;
const SYNTAX = /^syntax(?:es)?$/;
const PARAMETERS = /^parameters?$/;
const RETURN_VALUE = /^return(?:s| values?)$/;
const EXAMPLE = /^examples?$/;
const REMARKS = /^remarks?$/;

/** Sections of a page, its folder and its words; of two types with the same score the first one wins. */
const RULES: readonly TypeRule[] = [
  {
    type: "api-reference",
    required: [DESCRIPTION, SYNTAX],
    optional: [PARAMETERS, RETURN_VALUE, EXAMPLE, REMARKS],
    telling: [PARAMETERS, RETURN_VALUE],
    path: /(?:^|\/)(?:bbjobjects|bbjinterfaces|bbjevents|api)\//,
    scoreMin: REFERENCE_MIN,
  },
  {
    type: "language-reference",
    required: [SYNTAX],
    optional: [EXAMPLE, DESCRIPTION],
    path: /(?:^|\/)(?:commands|events|sendmsg|mnemonic)\//,
    scoreMin: REFERENCE_MIN,
  },
  {
    type: "version-note",
    required: [],
    optional: [/\bversion history\b/, /\bwhat's new\b/, /\brelease notes?\b/, /\bchanges\b/],
    // A conversion is about migration.
    path: /release|whatsnew|(?<!con)version/,
    text: /\bversion \d+\.\d+/,
    scoreMin: OTHER_MIN,
  },
  {
    type: "migration",
    required: [],
    optional: [/\bbbj-specific information\b/, /\bconverting\b/, /\bmigration\b/, /\bmigrating\b/],
    text: /\bmigrat|\bconvert from\b|\bbbj-specific\b/,
    scoreMin: OTHER_MIN,
  },
  {
    type: "example",
    required: [],
    optional: [/\bexamples?\b/, /\bsamples?\b/, /\btutorials?\b/],
    path: /sample|example|tutorial|demo/,
    text: /\bstep 1\b|\btutorial/,
    scoreMin: OTHER_MIN,
  },
  {
    type: "best-practice",
    required: [],
    optional: [/\bbest practices?\b/, /\brecommendations?\b/, /\bguidelines?\b/, /\btips\b/],
    text: /\bbest practice|\brecommend|\bguideline/,
    scoreMin: OTHER_MIN,
  },
];

/** Every `doc_type` there is. */
const DOC_TYPES: ReadonlySet<string> = new Set([...RULES.map(({ type }) => type), FALLBACK, "tutorial", "article"]);

/** What kind of page a topic of the BBj help is, by its headings, its path below `Content`, and its text (Markdown). */
export function documentType(path: string, content: string): string {
  const headings = headingsOf(content);
  const lowerPath = path.toLowerCase();
  const text = content.toLowerCase();
  let best = { type: FALLBACK, score: 0 };
  for (const rule of RULES) {
    const score = scoreOf(rule, headings, lowerPath, text);
    if (score >= rule.scoreMin && score > best.score) best = { type: rule.type, score };
  }
  return best.type;
}

function scoreOf(rule: TypeRule, headings: readonly string[], path: string, text: string): number {
  const has = (pattern: RegExp) => headings.some((heading) => pattern.test(heading));
  if (!rule.required.every(has)) return 0;
  const required = rule.required.length > 0 ? REQUIRED_SCORE : 0;
  const optional = Math.min(rule.optional.filter(has).length * OPTIONAL_SCORE, OPTIONAL_SCORE_MAX);
  const telling = rule.telling?.some(has) ? TELLING_SCORE : 0;
  const inPath = rule.path?.test(path) ? PATH_SCORE : 0;
  const inText = rule.text?.test(text) ? TEXT_SCORE : 0;
  return required + optional + telling + inPath + inText;
}

/** Lower case, without Markdown and closing punctuation. */
function headingsOf(content: string): string[] {
  let fence: Fence | undefined;
  return content.split("\n").flatMap((line) => {
    if (fence !== undefined) {
      if (closesFence(line, fence)) fence = undefined;
      return [];
    }
    fence = openFence(line);
    const heading = headingOf(line)?.text;
    if (heading === undefined) return [];
    return [heading.replace(/[`*]/g, "").replaceAll("’", "'").trim().replace(/:$/, "").trimEnd().toLowerCase()];
  });
}

/** All that this version knows. */
export function documentTypes(): readonly string[] {
  return [...DOC_TYPES];
}

/** Whether a stored `doc_type` is one that this version knows. */
export function isDocType(name: string): boolean {
  return DOC_TYPES.has(name);
}
