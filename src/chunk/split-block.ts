import { blankBullets, openFence } from "../text/markdown.ts";
import { SENTENCE_END } from "../text/sentences.ts";
import { type TextBlock, textOf } from "./blocks.ts";
import { groupCode } from "./group-code.ts";
import { beginningOf, estimateTokens, NOTHING, type Size, SPACE, sizeOf, tokensOf } from "./tokens.ts";

/** A piece of text that is whole in a chunk. `sentences`: it may give its last ones to the next chunk as overlap. */
export type Unit = { readonly text: string; readonly size: Size; readonly sentences: boolean };

/**
 * The units of a block, none longer than `tokens`: whole if it fits, else by lines, sentences, rows, at last by characters.
 * What is cut at sentences leaves room for `overlap` tokens of the one before.
 */
export function unitsOf(block: TextBlock, tokens: number, overlap: number): Unit[] {
  const sentences = block.kind === "text";
  if (tokensOf(block.size) <= tokens) return [{ text: textOf(block), size: block.size, sentences }];
  return split(block, tokens, overlap).map((text) => ({ text, size: sizeOf(text), sentences }));
}

function split(block: TextBlock, tokens: number, overlap: number): string[] {
  if (block.kind === "code") return splitCode(block, tokens);
  if (block.kind === "table") return splitTable(block.lines, tokens);
  const room = tokens - overlap - 1;
  return pack(textOf(block).split(SENTENCE_END), " ", room < tokens / 2 ? tokens : room);
}

/** Sentences of a text, as far as punctuation shows them. */
export function sentencesOf(text: string): string[] {
  return text.split(SENTENCE_END).filter((sentence) => sentence.trim() !== "");
}

function splitCode({ open, lines, close }: Extract<TextBlock, { kind: "code" }>, tokens: number): string[] {
  // A fence that stands behind a list marker opens once; its continuations are indented alike.
  const prefix = openFence(open)?.prefix ?? "";
  const again = blankBullets(prefix) + open.slice(prefix.length);
  const room = tokens - estimateTokens(`${open}\n\n${close}`);
  // Fences that take more than half of the room are not worth repeating.
  if (room < tokens / 2) return packCode([open, ...lines, close], tokens);
  return packCode(lines, room).map((text, index) => [index === 0 ? open : again, text, close].join("\n"));
}

function packCode(lines: readonly string[], tokens: number): string[] {
  const groups = groupCode(lines, tokens);
  const texts = groups.map(({ text }) => text);
  const pieces = pack(texts, "\n", tokens, (index) => groups[index]?.long === true);
  // The beginning of a routine that no more of it fits beside goes back to what stands before it.
  return pack(pieces, "\n", tokens);
}

function splitTable(lines: readonly string[], tokens: number): string[] {
  const head = lines.slice(0, 2).join("\n");
  const room = tokens - estimateTokens(`${head}\n`);
  // A header that takes more than half of the room is not worth repeating.
  if (room < tokens / 2) return pack(lines, "\n", tokens);
  return pack(lines.slice(2), "\n", room).map((rows) => `${head}\n${rows}`);
}

/**
 * Joins parts to pieces of at most `tokens`; a part that is longer is cut at its lines, its words, at last anywhere. A part
 * that is `apart` begins a piece, unless little stands before it.
 */
function pack(
  parts: readonly string[],
  separator: string,
  tokens: number,
  apart: (index: number) => boolean = () => false,
): string[] {
  const pieces: string[] = [];
  let piece: string[] = [];
  let size: Size = NOTHING;
  const end = () => {
    const text = piece.join(separator);
    if (text.trim() !== "") pieces.push(text);
    piece = [];
    size = NOTHING;
  };
  for (const [index, part] of parts.entries()) {
    if (apart(index) && tokensOf(size) > tokens / 4) end();
    const partSize = sizeOf(part) + separator.length * SPACE;
    if (tokensOf(partSize) > tokens) {
      end();
      // What follows may stand in one piece with the rest of it.
      const [rest = "", ...others] = cut(part, tokens).toReversed();
      pieces.push(...others.toReversed());
      piece = [rest];
      size = sizeOf(rest) + separator.length * SPACE;
      continue;
    }
    if (tokensOf(size + partSize) > tokens) end();
    piece.push(part);
    size += partSize;
  }
  end();
  return pieces;
}

function cut(part: string, tokens: number): string[] {
  if (part.includes("\n")) return pack(part.split("\n"), "\n", tokens);
  if (/\s/.test(part.trim())) return pack(part.split(/(?<=\s)(?=\S)/), "", tokens);
  return windows(part, tokens);
}

/** Windows of characters, the last resort. */
function windows(text: string, tokens: number): string[] {
  const pieces: string[] = [];
  for (let start = 0; start < text.length;) {
    const piece = beginningOf(text.slice(start), tokens);
    pieces.push(piece);
    start += piece.length;
  }
  return pieces;
}
