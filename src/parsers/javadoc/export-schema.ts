import { z } from "zod";

const text = z
  .string()
  .nullish()
  .transform((value) => value ?? "");
const list = <Item extends z.ZodType>(item: Item) =>
  z
    .array(item)
    .nullish()
    .transform((value) => value ?? []);

const member = z.object({
  name: z.string(),
  docu: text,
  params: list(z.object({ name: text, type: text })),
});

/** The JSON of one package, as BBj's Javadoc doclet writes it. Everything but the names may be absent. */
export const exportSchema = z.object({
  name: text,
  docu: text,
  classes: z.array(
    z.object({
      name: z.string(),
      docu: text,
      fields: list(z.object({ name: z.string(), docu: text, type: text })),
      constructors: list(member),
      methods: list(member),
    }),
  ),
});

type JavaPackage = z.infer<typeof exportSchema>;
export type JavaClass = JavaPackage["classes"][number];
export type JavaMember = z.infer<typeof member>;
