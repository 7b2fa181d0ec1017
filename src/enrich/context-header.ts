/** `section path > title`: parts that are empty, or say what the one before them says, are dropped. */
export function contextHeader(sectionPath: readonly string[], title: string): string {
  const parts = [...sectionPath, title].map((part) => part.replace(/\s+/g, " ").trim()).filter((part) => part !== "");
  return parts.filter((part, index) => part.toLowerCase() !== parts[index - 1]?.toLowerCase()).join(" > ");
}
