/** What stands before a text when it is sent, blanks and line breaks included. */
export type Prefixes = {
  /** Before a question. */
  readonly query: string;
  /** Before a document's text; `{title}` stands for the document's title. */
  readonly document: string;
};

const PASSAGES = "Represent this sentence for searching relevant passages: ";
const INSTRUCT = "Instruct: Given a web search query, retrieve relevant passages that answer the query\nQuery:";
const SEARCH: Prefixes = { query: "search_query: ", document: "search_document: " };
const NONE: Prefixes = { query: "", document: "" };

/**
 * From the cards of the models. The first that fits counts, of a model's name in words: small letters and digits, with a
 * dash for all else. Another document prefix here is another model for the corpora that were made with it.
 */
const TABLE: readonly ({ readonly model: RegExp } & Prefixes)[] = [
  { model: words("qwen-?3-embed(?:ding)?"), query: INSTRUCT, document: "" },
  {
    model: words("embedding-?gemma"),
    query: "task: search result | query: ",
    document: "title: {title} | text: ",
  },
  { model: words("nomic-embed-text"), ...SEARCH },
  { model: words("modernbert-embed"), ...SEARCH },
  {
    model: words("nomic-embed-code|coderankembed"),
    query: "Represent this query for searching relevant code: ",
    document: "",
  },
  // Ollama's name, and that of its maker: `-l-v2.0`.
  { model: words("arctic-embed2|arctic-embed(?:-[a-z]+)*-v2"), query: "query: ", document: "" },
  { model: words("arctic-embed"), query: PASSAGES, document: "" },
  { model: words("mxbai-embed-large"), query: PASSAGES, document: "" },
  { model: words("bge-(?:small|base|large)-zh"), query: "为这个句子生成表示以用于检索相关文章：", document: "" },
  { model: words("bge-(?:small|base|large)"), query: PASSAGES, document: "" },
  { model: words("multilingual-e5-(?:[a-z]+-)?instruct"), query: `${INSTRUCT} `, document: "" },
  { model: words("(?:multilingual-)?e5-(?:small|base|large)"), query: "query: ", document: "passage: " },
];

/**
 * The prefixes that count for a model: those that are given, else those of the table. Where documents go without a prefix
 * that the model wants before them, a question has none either: it would be compared with what it is not made for.
 */
export function prefixesOf(
  model: string,
  given: { readonly query?: string | undefined; readonly document?: string | undefined } = {},
): Prefixes {
  const name = model.toLowerCase().replace(/[^a-z0-9]+/g, "-");
  const wanted = TABLE.find((entry) => entry.model.test(name)) ?? NONE;
  const { document = wanted.document } = given;
  const { query = document === "" && wanted.document !== "" ? "" : wanted.query } = given;
  return { query, document };
}

const TITLE = "{title}";
/** What stands for the title of a document without one. */
const NO_TITLE = "none";

/** Whether what is sent of a text depends on its document's title, too. */
export function namesTitle(documentPrefix: string): boolean {
  return documentPrefix.includes(TITLE);
}

/** What a text is known by, once it has a vector: its hash, and the document's title where that is sent with it. */
export function vectorKey(hash: string, title = ""): string {
  return title === "" ? hash : `${hash} ${title}`;
}

/** A document's text as it is sent. */
export function documentText(
  prefix: string,
  { title, content }: { readonly title: string; readonly content: string },
): string {
  return prefix.replaceAll(TITLE, () => title || NO_TITLE) + content;
}

function words(pattern: string): RegExp {
  return new RegExp(`(?:^|-)(?:${pattern})(?:-|$)`);
}
