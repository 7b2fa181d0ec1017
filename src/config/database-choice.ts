/** Which database a run uses, and which setting said so. */
export type DatabaseChoice =
  | {
      readonly kind: "server";
      /** Given as a URL, or put together from `db_*`. May hold a password: never print it. */
      readonly url: string;
      /** Host, port and database for messages; no user's password. */
      readonly label: string;
      readonly chosenBy: string;
    }
  | {
      readonly kind: "embedded";
      /** Absolute. */ readonly directory: string;
      readonly label: string;
      readonly chosenBy: string;
    };
