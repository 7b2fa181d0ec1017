/** What this program is, in a line. */
export const ABOUT = "turns documentation into a searchable pgvector corpus";
