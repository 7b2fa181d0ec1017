/** `section path > title`: empty parts are dropped, and a title that already ends the section path is not repeated. */
export function contextHeader(sectionPath: readonly string[], title: string): string {
  const parts = [...sectionPath, title].map((part) => part.replace(/\s+/g, " ").trim()).filter((part) => part !== "");
  if (parts.length > 1 && parts.at(-1)?.toLowerCase() === parts.at(-2)?.toLowerCase()) parts.pop();
  return parts.join(" > ");
}
