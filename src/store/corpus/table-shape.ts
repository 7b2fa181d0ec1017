import type { Queryable, Statement } from "../driver/database.ts";
import { executeRows } from "../driver/rows.ts";
import { constant, integer, sql } from "../driver/sql.ts";

/** A table that is to be replaced, and the one that takes its place. */
export type Replacement = { readonly from: string; readonly to: string };

/** Bits of `pg_trigger.tgtype`. */
const BEFORE_EACH_ROW = 1 | 2;

/**
 * Gives a new table what shapes rows, and how they are stored, in the one it is to replace: columns that are not ours,
 * constraints, triggers before rows, settings, tablespace and owner. Does only what is not done yet. Until it takes its
 * place nobody reads it: row-level security without a policy, and no grants, whatever the default privileges are.
 */
export async function inheritShape(tx: Queryable, { from, to }: Replacement): Promise<void> {
  await executeRows(tx)`
    with old as (select * from pg_class where oid = to_regclass(${from}::text)),
    new as (select * from pg_class where oid = to_regclass(${to}::text)),
    attribute as (
      select a.*, b.attnum as there, coalesce(b.attstorage, t.typstorage) as storage, pg_get_expr(d.adbin, d.adrelid) as expression,
        coalesce(to_jsonb(a) ->> 'attcompression', '') as compression, coalesce(to_jsonb(b) ->> 'attcompression', '') as new_compression,
        coalesce((to_jsonb(a) ->> 'attstattarget')::int, -1) as target, coalesce((to_jsonb(b) ->> 'attstattarget')::int, -1) as new_target,
        ${columnOptions("a")} as options, ${columnOptions("b")} as new_options, coalesce(b.attnotnull, a.attnotnull) as never_null,
        case when a.attcollation <> t.typcollation then ' collate ' || a.attcollation::regcollation end as collated
      from new cross join old
      join pg_attribute a on a.attrelid = old.oid and a.attnum > 0 and not a.attisdropped
      join pg_type t on t.oid = a.atttypid
      left join pg_attribute b on b.attrelid = new.oid and b.attname = a.attname and not b.attisdropped
      left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum),
    storage_option as (
      select '' as prefix, o.* from old cross join lateral pg_options_to_table(old.reloptions) o
      union all
      select 'toast.', o.* from old join pg_class t on t.oid = old.reltoastrelid
      cross join lateral pg_options_to_table(t.reloptions) o),
    work (place, number, change) as (
      select 1, 0, format('set %s', case old.relpersistence when 'u' then 'unlogged' else 'logged' end)
      from old cross join new where old.relpersistence <> new.relpersistence
      union all
      select 2, 0, format('set access method %I', m.amname)
      from old cross join new join pg_am m on m.oid = old.relam where old.relam <> new.relam
      union all
      select 3, 0, format('set tablespace %I', s.spcname)
      from old cross join new join pg_tablespace s on s.oid = coalesce(nullif(old.reltablespace, 0),
        (select dattablespace from pg_database where datname = current_database()))
      where old.reltablespace <> new.reltablespace
      union all
      select 4, 0, format('set (%s)', string_agg(format('%s%I = %L', prefix, option_name, option_value), ', '))
      from storage_option having count(*) > 0
      union all
      select 5, attnum, format('add column %I %s%s%s%s', attname, format_type(atttypid, atttypmod), collated,
        case attgenerated when '' then ' default ' || expression
          else format(' generated always as (%s) %s', expression, case attgenerated when 's' then 'stored' else 'virtual' end) end,
        case when attnotnull then ' not null' end)
      from attribute where there is null
      union all
      select 6, attnum, format('alter column %I set not null', attname) from attribute where attnotnull and not never_null
      union all
      select 6, attnum, format('alter column %I set storage %s', attname,
        case attstorage when 'p' then 'plain' when 'e' then 'external' when 'm' then 'main' else 'extended' end)
      from attribute where attstorage <> storage
      union all
      select 6, attnum, format('alter column %I set compression %s', attname,
        case compression when 'p' then 'pglz' when 'l' then 'lz4' else 'default' end)
      from attribute where compression <> new_compression
      union all
      select 6, attnum, format('alter column %I set statistics %s', attname, target) from attribute where target <> new_target
      union all
      select 6, attnum, format('alter column %I set (%s)', attname, options)
      from attribute where options is not null and options is distinct from new_options
      union all
      select 7, k.oid::bigint, format('add constraint %I %s',
        case when k.contype in ('u', 'p', 'x') then ${to}::text || '_carried_' || k.oid else k.conname end, pg_get_constraintdef(k.oid))
      from old cross join new join pg_constraint k on k.conrelid = old.oid and k.contype in ('c', 'f', 'u', 'p', 'x')
      where not exists (
        select from pg_constraint n where n.conrelid = new.oid and n.contype = k.contype
          and pg_get_constraintdef(n.oid) = pg_get_constraintdef(k.oid))
        and not (k.contype <> 'f' and ${isUniqueHash(constant("k.conindid"))})
      union all
      select 11, 0, format('owner to %I', pg_get_userbyid(old.relowner)) from old cross join new where old.relowner <> new.relowner
      union all
      select 12, 0, 'enable row level security' from new where not relrowsecurity)
    select format('alter table %I %s', ${to}::text, change) as statement, place, number from work
    union all
    select format('drop trigger %I on %I', t.tgname, ${to}::text), 8, 0
    from new join pg_trigger t on t.tgrelid = new.oid and not t.tgisinternal
    union all
    select s.statement, 9, s.number::bigint
    from old cross join lateral (${triggersOf("old.oid", to)}) s
    where s.type & ${integer(BEFORE_EACH_ROW)} = ${integer(BEFORE_EACH_ROW)}
    union all
    select format('revoke all on %I from %s cascade', ${to}::text,
      case a.grantee when 0 then 'public' else quote_ident(pg_get_userbyid(a.grantee)) end), 12, 1
    from new cross join old cross join lateral aclexplode(new.relacl) a
    where a.grantee not in (new.relowner, old.relowner)
    order by place, number`;
}

/**
 * The triggers that somebody made on the table of `oid`, in SQL: rows of the statement that makes one on the table `named`,
 * or says when it is to fire, of their order, and of the trigger's type.
 */
export function triggersOf(oid: string, named: string): Statement {
  return sql`
    select t.tgtype::int as type, 2 * t.oid::bigint as number,
      overlay(d.text placing format(' ON %I ', ${named}::text)
        from position(d.place in d.text) for length(d.place)) as statement
    from pg_trigger t
    cross join lateral (
      select pg_get_triggerdef(t.oid) as text, format(' ON %I.%I ', n.nspname, c.relname) as place
      from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.oid = t.tgrelid) d
    where t.tgrelid = ${constant(oid)} and not t.tgisinternal
    union all
    select t.tgtype::int, 2 * t.oid::bigint + 1, format('alter table %I %s trigger %I', ${named}::text,
      case t.tgenabled when 'D' then 'disable' when 'R' then 'enable replica' else 'enable always' end, t.tgname)
    from pg_trigger t where t.tgrelid = ${constant(oid)} and not t.tgisinternal and t.tgenabled <> 'O'`;
}

/** Equal text in two documents is two rows: what a table of the Python tool has against that is not carried over. */
export function isUniqueHash(index: Statement): Statement {
  return sql`exists (
    select from pg_index i join pg_attribute h on h.attrelid = i.indrelid and h.attname = 'content_hash'
    where i.indexrelid = ${index} and i.indisunique and i.indkey::text = h.attnum::text
      and not exists (select from pg_attribute s where s.attrelid = i.indrelid and s.attname = 'source_name'))`;
}

/** Those that people set: some servers keep notes of their own among them. */
function columnOptions(attribute: string): Statement {
  return sql`(
    select string_agg(format('%I = %L', option_name, option_value), ', ' order by option_name)
    from pg_options_to_table(${constant(attribute)}.attoptions) where option_name in ('n_distinct', 'n_distinct_inherited'))`;
}
