import { type Description, readDescription } from "./doc-comment.ts";
import type { JavaClass, JavaMember } from "./export-schema.ts";

const BYTECODE_CONSTRUCTOR = "<init>";

/** A class with its members, each under its typed signature, with its full text. */
export function classMarkdown(javaClass: JavaClass, packageName: string, { markdown, url }: Description): string {
  const { name, fields } = javaClass;
  // A class that was read from its bytecode has its constructors among the methods.
  const methods = javaClass.methods.filter((method) => method.name !== BYTECODE_CONSTRUCTOR);
  const unnamed = javaClass.methods.filter((method) => method.name === BYTECODE_CONSTRUCTOR);
  const constructors = [...javaClass.constructors, ...unnamed.map((member) => ({ ...member, name }))];
  return [
    `# ${name}`,
    packageName === "" ? "" : `Package \`${packageName}\``,
    markdown,
    url === "" ? "" : `[Docs](${url})`,
    ...section(
      "Fields",
      fields.map((field) => ({ signature: `${field.type} ${field.name}`.trim(), docu: field.docu })),
    ),
    ...section("Constructors", constructors.map(withSignature)),
    ...section("Methods", methods.map(withSignature)),
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}

function section(title: string, members: readonly { signature: string; docu: string }[]): string[] {
  if (members.length === 0) return [];
  return [
    `## ${title}`,
    ...members.flatMap(({ signature, docu }) => [`### \`${signature}\``, readDescription(docu).markdown]),
  ];
}

/** `setImage(BBjImage p_icon)`: names and types as far as they are known. */
function withSignature({ name, docu, params }: JavaMember): { signature: string; docu: string } {
  const typed = params.map((param) => `${param.type} ${param.name}`.trim());
  return { signature: `${name}(${typed.join(", ")})`, docu };
}
