import { constants, Database } from "bun:sqlite";
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { linkTarget, lstatIfThere, requireOwn } from "../../flow/link-target.ts";
import { messageOf } from "../../flow/errors.ts";
import type { Validators } from "./http-get.ts";

/** A page as it came, with what the server knows it by. */
export type CachedPage = {
  readonly contentType: string;
  readonly validators: Validators;
  readonly bytes: Uint8Array;
};

type PageCacheOptions = { readonly path: string; readonly writable: boolean; readonly source: string };

/** Larger ones, mostly PDFs, are fetched again. */
const PAGE_BYTES_MAX = 10 * 1_048_576;
/** Another run may be writing. */
const BUSY_MS_MAX = 2_000;

const { SQLITE_OPEN_NOFOLLOW, SQLITE_OPEN_READONLY, SQLITE_OPEN_READWRITE, SQLITE_OPEN_CREATE } = constants;
const OPEN_TO_WRITE = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;

const TABLES = "select name from sqlite_master where type in ('table', 'view')";
const TABLE = `create table if not exists pages (
  source text not null, url text not null, run text not null, content_type text not null,
  etag text not null, last_modified text not null, body blob not null,
  primary key (source, url)) without rowid`;

type Row = {
  readonly content_type: string;
  readonly etag: string;
  readonly last_modified: string;
  readonly body: Uint8Array;
};

/**
 * The pages of the last run on disk. Whole pages and not their hashes, because a page that did not change is needed again:
 * for its links, and when the store does not know its documents. Nothing depends on it: without the file, or with a damaged
 * one, pages are fetched whole.
 */
export class PageCache implements Disposable {
  readonly #source: string;
  readonly #run = crypto.randomUUID();
  readonly #writable: boolean;
  #database: Database | undefined;
  /** Why the cache is not used; "" when it is. */
  problem = "";

  /** Opens the file where `path` leads, unless that, or the file, is somebody else's. */
  static async open({ path, writable, source }: PageCacheOptions): Promise<PageCache> {
    const cache = new PageCache(source, writable);
    try {
      const target = await linkTarget(path);
      const found = await lstatIfThere(target);
      if (found !== undefined && !found.isFile()) throw new Error("it is no regular file");
      if (found !== undefined) await requireOwn(target, found);
      cache.#open(target);
    } catch (error) {
      cache.problem = messageOf(error);
    }
    return cache;
  }

  private constructor(source: string, writable: boolean) {
    this.#source = source;
    this.#writable = writable;
  }

  #open(path: string): void {
    const writable = this.#writable;
    this.#try(() => {
      if (!writable && !Bun.file(path).size) return;
      if (writable) mkdirSync(dirname(path), { recursive: true });
      this.#database = new Database(path, SQLITE_OPEN_NOFOLLOW | (writable ? OPEN_TO_WRITE : SQLITE_OPEN_READONLY));
      this.#database.run(`pragma busy_timeout = ${BUSY_MS_MAX}`);
      // Else this thread waits for the disk after each page. A kill damages nothing; a power cut may, which costs whole pages.
      this.#database.run("pragma synchronous = off");
      const tables = this.#database.query<{ name: string }, []>(TABLES).all();
      if (tables.some(({ name }) => name !== "pages")) throw new Error("it is another program's database");
      if (writable) this.#database.run(TABLE);
    });
  }

  get(url: string): CachedPage | undefined {
    return this.#try(() => {
      const row = this.#database
        ?.query<Row, [string, string]>(
          "select content_type, etag, last_modified, body from pages where source = ? and url = ?",
        )
        .get(this.#source, url);
      if (row === null || row === undefined) return undefined;
      const { content_type, etag, last_modified, body } = row;
      // Its checksum fails when the file was damaged.
      const bytes = Bun.gunzipSync(new Uint8Array(body));
      return { contentType: content_type, validators: { etag, lastModified: last_modified }, bytes };
    });
  }

  /** Keeps a page that the server gave validators for; forgets the one before in any case. */
  put(url: string, { contentType, validators, bytes }: CachedPage): void {
    if (!this.#writable) return;
    this.#try(() => {
      const isWorth = (validators.etag !== "" || validators.lastModified !== "") && bytes.length <= PAGE_BYTES_MAX;
      if (!isWorth) {
        this.#database?.run("delete from pages where source = ? and url = ?", [this.#source, url]);
        return;
      }
      const { etag, lastModified } = validators;
      this.#database?.run("insert or replace into pages values (?, ?, ?, ?, ?, ?, ?)", [
        ...[this.#source, url, this.#run, contentType, etag, lastModified],
        Bun.gzipSync(new Uint8Array(bytes)),
      ]);
    });
  }

  /** The page is still there. */
  keep(url: string): void {
    if (!this.#writable) return;
    this.#try(() =>
      this.#database?.run("update pages set run = ? where source = ? and url = ?", [this.#run, this.#source, url]),
    );
  }

  /** Forgets the pages that were neither kept nor put: call it when every page was asked for. */
  prune(): void {
    if (!this.#writable) return;
    this.#try(() => this.#database?.run("delete from pages where source = ? and run <> ?", [this.#source, this.#run]));
  }

  [Symbol.dispose](): void {
    this.#database?.close();
    this.#database = undefined;
  }

  /** A cache that fails is a cache that is not there. */
  #try<Result>(task: () => Result): Result | undefined {
    try {
      return task();
    } catch (error) {
      this.problem = messageOf(error);
      this.#database?.close();
      this.#database = undefined;
      return undefined;
    }
  }
}
