/** Statements for an owner or a superuser to paste into psql. `home`: the schema of the corpus, quoted where that is necessary. */

export const MAKE_VECTOR = "CREATE EXTENSION vector;";
export const UPDATE_VECTOR = "ALTER EXTENSION vector UPDATE;";

export function makeDatabase(name: string): string {
  return `CREATE DATABASE "${name.replaceAll('"', '""')}";`;
}

/** Ends the session of a run that is gone. */
export function endSession(pid: number): string {
  return `SELECT pg_terminate_backend(${pid});`;
}

/** Lets the planner know what is in the table. */
export function analyzeChunks(home: string): string {
  return `ANALYZE ${home}.chunks;`;
}

/** Removes chunks whose document is not on record. */
export function removeOrphans(home: string): string {
  return (
    `DELETE FROM ${home}.chunks c WHERE source_name <> '' AND NOT EXISTS (SELECT FROM ${home}.ingest_documents d ` +
    "WHERE d.source_name = c.source_name AND d.source_url = c.source_url);"
  );
}

/** Has the next run finish documents that lack chunks. */
export function finishDocuments(home: string): string {
  return (
    `UPDATE ${home}.ingest_documents d SET complete = false WHERE complete AND chunks > (SELECT count(*) FROM ${home}.chunks c ` +
    "WHERE c.source_name = d.source_name AND c.source_url = d.source_url);"
  );
}
