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

const PROSE_RULES: readonly Rule[] = [
  ...CODE_RULES,
  { label: "character", pattern: /\bcharacter[- ]mode\b|\bgreen[- ]screens?\b|\bterminal emulat(?:ion|or)s?\b/i },
];

/** The generations of a BBj program. */
export function generationsOfCode(code: string, generationTag: string): string[] {
  return [CODE_RULES.find(({ pattern }) => pattern.test(code))?.label ?? generationOfTag(generationTag)];
}

/** The generations of a section of a manual. */
export function generationsOfManual(text: string, generationTag: string): string[] {
  return [PROSE_RULES.find(({ pattern }) => pattern.test(text))?.label ?? generationOfTag(generationTag)];
}

/** The generation that a source's `generation_tag` stands for; `auto` leaves it to the text. */
export function generationOfTag(generationTag: string): string {
  return generationTag === "auto" || generationTag === "" ? "all" : generationTag;
}
