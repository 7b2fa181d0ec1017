import type { StoreTest } from "./databases.ts";
import type { TestDatabase } from "./executable.ts";

/** A role of a test's own with the rights that everybody has, and how it gets to the test's database. */
export async function guestOf(context: StoreTest, attributes = "") {
  const { choice } = context;
  if (choice.kind !== "server") throw new Error("this lane is a server's");
  const role = roleName();
  await context.query(`create role ${role} login ${attributes}`);
  const url = new URL(choice.url);
  url.username = role;
  return {
    role,
    choice: { ...choice, url: url.href },
    async [Symbol.asyncDispose]() {
      await context.query(
        `select pg_terminate_backend(pid, 5000) from pg_stat_activity where usename = '${role}' and pid <> pg_backend_pid()`,
      );
      await context.query(`reassign owned by ${role} to current_user`);
      await context.query(`drop owned by ${role}`);
      await context.query(`drop role ${role}`);
    },
  };
}

/** The same in a database that the executable works on. */
export async function guestIn({ sql, url }: TestDatabase) {
  const role = roleName();
  await sql.unsafe(`create role ${role} login`);
  const own = new URL(url);
  own.username = role;
  return {
    role,
    url: own.href,
    async [Symbol.asyncDispose]() {
      await sql.unsafe(`reassign owned by ${role} to current_user; drop owned by ${role}; drop role ${role}`);
    },
  };
}

/** Roles are the server's: a name that no test of another process has, and none that was killed has left. */
function roleName(): string {
  return `bbj_test_guest_${crypto.randomUUID().slice(0, 8)}`;
}
