import { createHash } from "node:crypto";
import { constants, deflateSync } from "node:zlib";

/** An object of a PDF: its text, or a stream with the entries of its dictionary. */
type PdfObject = string | { readonly entries: string; readonly bytes: Uint8Array };

const LATIN1 = "latin1";
const PAGES = "<< /Type /Pages /Kids [3 0 R] /Count 1 >>";
const CATALOG = "<< /Type /Catalog /Pages 2 0 R >>";
const FONT = "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>";

/** A PDF of one page that says `text`. */
export function textPdf(text: string): Uint8Array {
  return onePage(stream(shown(text)));
}

/** Protected by a password (RC4, 40 bits: the oldest kind, and the shortest to write down). */
export function encryptedPdf(text: string, password: string): Uint8Array {
  const id = Buffer.alloc(16, 7);
  const permissions = -4;
  const ownerKey = createHash("md5").update(padded(password)).digest().subarray(0, 5);
  const owner = rc4(ownerKey, padded(password));
  const flags = Buffer.alloc(4);
  flags.writeInt32LE(permissions);
  const key = createHash("md5").update(padded(password)).update(owner).update(flags).update(id).digest().subarray(0, 5);
  const user = rc4(key, padded(""));
  const ofObject4 = createHash("md5")
    .update(key)
    .update(Buffer.from([4, 0, 0, 0, 0]))
    .digest()
    .subarray(0, 10);
  const encrypt = `<< /Filter /Standard /V 1 /R 2 /O <${owner.toString("hex")}> /U <${user.toString("hex")}> /P ${permissions} >>`;
  const content = stream(rc4(ofObject4, Buffer.from(shown(text), LATIN1)));
  return pdfOf(
    [CATALOG, PAGES, page(), content, FONT, encrypt],
    `/Encrypt 6 0 R /ID [<${id.toString("hex")}> <${id.toString("hex")}>]`,
  );
}

/** PDFs that make a reader loop, inflate, recurse or give up, by what is wrong with them. */
export const hostilePdfs: Readonly<Record<string, () => Uint8Array>> = {
  "five-bytes": () => Buffer.from("%PDF-"),
  "no-pdf": () => Buffer.from("This is a letter, not a manual.\n".repeat(100)),
  empty: () => new Uint8Array(),
  "cut-in-two": () => textPdf("Never read.").subarray(0, 60),
  "page-tree-loop": () => pdfOf([CATALOG, "<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 2 /Parent 2 0 R >>"]),
  "no-pages": () => pdfOf([CATALOG, "<< /Type /Pages /Kids [] /Count 0 >>"]),
  "deep-arrays": () =>
    pdfOf(["<< /Type /Catalog /Pages 2 0 R >>", `<< /Type /Pages /Count 1 /Kids ${"[".repeat(1_000_000)} >>`]),
  "inflates-to-2-gb": () => onePage({ entries: "/Filter /FlateDecode", bytes: inflatingTo(2_048) }),
  "draws-ten-times-ten-times-ten": () => laughs(),
};

/** PDFs that are strange, and readable. */
export const strangePdfs: Readonly<Record<string, () => Uint8Array>> = {
  "a-million-pages": () =>
    onePage(stream(shown("One of a million pages.")), { pages: PAGES.replace("/Count 1", "/Count 1000000") }),
  "huge-page": () => onePage(stream(shown("A page as wide as a country.")), { mediaBox: "[0 0 1e15 1e15]" }),
  "xref-loop": () =>
    onePage(stream(shown("A table that comes before itself.")), { trailer: (xref) => `/Prev ${xref}` }),
};

/** Its second page leads back to the first folder of pages. */
export function halfDamagedPdf(text: string): Uint8Array {
  return onePage(stream(shown(text)), { pages: "<< /Type /Pages /Kids [3 0 R 2 0 R] /Count 2 >>" });
}

/** Pages without text, as many as wanted. */
export function emptyPagesPdf(pages: number): Uint8Array {
  const kids = Array.from({ length: pages }, (_, index) => `${index + 3} 0 R`).join(" ");
  return pdfOf([
    CATALOG,
    `<< /Type /Pages /Count ${pages} /Kids [${kids}] >>`,
    ...Array.from({ length: pages }, () => "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] >>"),
  ]);
}

type Changes = {
  readonly pages?: string;
  readonly mediaBox?: string;
  readonly trailer?: (xref: number) => string;
};

function onePage(content: PdfObject, { pages = PAGES, mediaBox, trailer }: Changes = {}): Uint8Array {
  return pdfOf([CATALOG, pages, page(mediaBox), content, FONT], trailer ?? "");
}

function page(mediaBox = "[0 0 600 800]"): string {
  return `<< /Type /Page /Parent 2 0 R /MediaBox ${mediaBox} /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>`;
}

/** Each form draws the next one ten times: 10 to the power of 12 in all. */
function laughs(): Uint8Array {
  const levels = 12;
  const form = (next: number): PdfObject => ({
    entries: `/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /Font << /F1 5 0 R >> /XObject << /X ${next} 0 R >> >>`,
    bytes: Buffer.from("/X Do ".repeat(10)),
  });
  const resources = "/Resources << /XObject << /X 6 0 R >> >>";
  return pdfOf([
    CATALOG,
    PAGES,
    `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 4 0 R ${resources} >>`,
    stream("/X Do"),
    FONT,
    ...Array.from({ length: levels }, (_, level) => form(7 + level)),
    {
      entries: "/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /Font << /F1 5 0 R >> >>",
      bytes: Buffer.from(shown("ha")),
    },
  ]);
}

/** Deflated spaces: one megabyte is deflated once, to a block that ends on a byte, and repeated. */
function inflatingTo(megabytes: number): Uint8Array {
  const finishFlush = constants.Z_FULL_FLUSH;
  const block = deflateSync(Buffer.alloc(1024 * 1024, " "), { finishFlush });
  const [header, body] = [block.subarray(0, 2), block.subarray(2)];
  return Buffer.concat([header, ...Array.from({ length: megabytes }, () => body)]);
}

function shown(text: string): string {
  return `BT /F1 12 Tf 50 700 Td (${text}) Tj ET`;
}

function stream(content: string | Uint8Array): PdfObject {
  return { entries: "", bytes: typeof content === "string" ? Buffer.from(content, LATIN1) : content };
}

function pdfOf(objects: readonly PdfObject[], trailer: string | ((xref: number) => string) = ""): Uint8Array {
  const parts: Uint8Array[] = [];
  let length = 0;
  const write = (part: string | Uint8Array) => {
    const bytes = typeof part === "string" ? Buffer.from(part, LATIN1) : part;
    parts.push(bytes);
    length += bytes.length;
  };
  const places: number[] = [];
  write("%PDF-1.4\n");
  for (const [index, object] of objects.entries()) {
    places.push(length);
    write(`${index + 1} 0 obj\n`);
    if (typeof object === "string") write(object);
    else {
      write(`<< ${object.entries} /Length ${object.bytes.length} >>\nstream\n`);
      write(object.bytes);
      write("\nendstream");
    }
    write("\nendobj\n");
  }
  const xref = length;
  const table = places.map((place) => `${String(place).padStart(10, "0")} 00000 n \n`).join("");
  write(`xref\n0 ${places.length + 1}\n0000000000 65535 f \n${table}`);
  const extra = typeof trailer === "string" ? trailer : trailer(xref);
  write(`trailer\n<< /Root 1 0 R /Size ${places.length + 1} ${extra} >>\nstartxref\n${xref}\n%%EOF\n`);
  return Buffer.concat(parts);
}

// From the PDF specification, 7.6.4.3: what passwords are filled up with.
const PADDING = Buffer.from("28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e802f0ca9fe6453697a", "hex");

function padded(password: string): Buffer {
  return Buffer.concat([Buffer.from(password, LATIN1), PADDING]).subarray(0, 32);
}

function rc4(key: Uint8Array, bytes: Uint8Array): Buffer {
  const state = Uint8Array.from({ length: 256 }, (_, index) => index);
  for (let index = 0, other = 0; index < 256; index++) {
    other = (other + (state[index] ?? 0) + (key[index % key.length] ?? 0)) & 255;
    [state[index], state[other]] = [state[other] ?? 0, state[index] ?? 0];
  }
  let one = 0;
  let other = 0;
  return Buffer.from(
    bytes.map((byte) => {
      one = (one + 1) & 255;
      other = (other + (state[one] ?? 0)) & 255;
      [state[one], state[other]] = [state[other] ?? 0, state[one] ?? 0];
      return byte ^ (state[((state[one] ?? 0) + (state[other] ?? 0)) & 255] ?? 0);
    }),
  );
}
