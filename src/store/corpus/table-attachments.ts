import { z } from "zod";
import type { Queryable } from "../driver/database.ts";
import { allRows } from "../driver/rows.ts";
import { constant } from "../driver/sql.ts";
import { isUniqueHash, type Replacement, triggersOf } from "./table-shape.ts";

const statementShape = z.object({ statement: z.string() });

/**
 * What hangs on the table `from` and costs nothing to make: row-level security with its policies, grants, rules, triggers,
 * publications, replica identity, comments. As statements that give the same to `to` once that is called `named`.
 */
export async function attachmentsOf(
  tx: Queryable,
  { from, to, named }: Replacement & { readonly named: string },
): Promise<readonly string[]> {
  const rows = await allRows(tx, statementShape)`
    with old as (select * from pg_class where oid = to_regclass(${from}::text)),
    new as (select * from pg_class where oid = to_regclass(${to}::text)),
    named as (select quote_ident(${named}::text) as name),
    acl as (
      select a.*, '' as on from old cross join lateral aclexplode(old.relacl) a
      union all
      select a.*, format(' (%I)', p.attname)
      from old join pg_attribute p on p.attrelid = old.oid and not p.attisdropped cross join lateral aclexplode(p.attacl) a),
    work (place, number, statement) as (
      select 1, 0, format('alter table %s %s row level security, %s force row level security', name,
        case when relrowsecurity then 'enable' else 'disable' end, case when relforcerowsecurity then '' else 'no' end)
      from old cross join named
      union all
      select 2, p.oid::bigint, format('create policy %I on %s as %s for %s to %s%s%s', polname, name,
        case when polpermissive then 'permissive' else 'restrictive' end,
        case polcmd when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update' when 'd' then 'delete' else 'all' end,
        (select string_agg(case r when 0 then 'public' else quote_ident(pg_get_userbyid(r)) end, ', ') from unnest(polroles) r),
        ' using (' || pg_get_expr(polqual, polrelid) || ')', ' with check (' || pg_get_expr(polwithcheck, polrelid) || ')')
      from old join pg_policy p on p.polrelid = old.oid cross join named
      union all
      select 3, 0, format('revoke all on %s from %s cascade', name,
        case a.grantee when 0 then 'public' else quote_ident(pg_get_userbyid(a.grantee)) end)
      from new cross join old cross join lateral aclexplode(new.relacl) a cross join named
      where a.grantee not in (new.relowner, old.relowner)
      union all
      -- Those who may read the old table, or some of its columns, may read the new one.
      select 3, 1, format('grant %s on %s to %s%s', a.privilege_type || a.on, name,
        case a.grantee when 0 then 'public' else quote_ident(pg_get_userbyid(a.grantee)) end,
        case when a.is_grantable then ' with grant option' end)
      from acl a cross join old cross join named where a.grantee <> old.relowner
      union all
      select 4, r.oid::bigint * 2, overlay(d.text placing format(' TO %s', name) from position(d.place in d.text) for length(d.place))
      from old join pg_namespace n on n.oid = old.relnamespace join pg_rewrite r on r.ev_class = old.oid cross join named
      cross join lateral (select pg_get_ruledef(r.oid) as text, format(' TO %I.%I', n.nspname, old.relname) as place) d
      union all
      select 4, r.oid::bigint * 2 + 1, format('alter table %s %s rule %I', name,
        case ev_enabled when 'D' then 'disable' when 'R' then 'enable replica' else 'enable always' end, rulename)
      from old join pg_rewrite r on r.ev_class = old.oid cross join named where ev_enabled <> 'O'
      union all
      select 5, 0, format('drop trigger %I on %s', t.tgname, name)
      from new join pg_trigger t on t.tgrelid = new.oid and not t.tgisinternal cross join named
      union all
      select 6, t.number, t.statement from old cross join lateral (${triggersOf("old.oid", named)}) t
      union all
      select 7, p.oid::bigint, format('alter publication %I add table %s%s%s', p.pubname, name,
        case when to_jsonb(r) ->> 'prattrs' is not null then (
          select format(' (%s)', string_agg(quote_ident(c), ', ')) from jsonb_array_elements_text(to_jsonb(v) -> 'attnames') c) end,
        ' where (' || (to_jsonb(v) ->> 'rowfilter') || ')')
      from old join pg_namespace n on n.oid = old.relnamespace
      join pg_publication_rel r on r.prrelid = old.oid join pg_publication p on p.oid = r.prpubid
      join pg_publication_tables v on v.pubname = p.pubname and v.schemaname = n.nspname and v.tablename = old.relname
      cross join named
      union all
      select 8, 0, format('alter table %s replica identity %s', name, case relreplident when 'n' then 'nothing' else 'full' end)
      from old cross join named where relreplident in ('n', 'f')
      union all
      select 9, 0, format('comment on %s is %L', coalesce(
        case when c.objsubid > 0 then format('column %s.%I', name, a.attname) end, format('table %s', name)), c.description)
      from old join pg_description c on c.classoid = 'pg_class'::regclass and c.objoid = old.oid cross join named
      left join pg_attribute a on a.attrelid = old.oid and a.attnum = c.objsubid and c.objsubid > 0
      union all
      select 9, 1, format('comment on %s %I on %s is %L', o.kind, o.object, name, c.description)
      from old cross join named cross join lateral (
        select 'policy' as kind, 'pg_policy'::regclass as class, oid, polname as object from pg_policy where polrelid = old.oid
        union all
        select 'trigger', 'pg_trigger'::regclass, oid, tgname from pg_trigger where tgrelid = old.oid and not tgisinternal
        union all
        select 'rule', 'pg_rewrite'::regclass, oid, rulename from pg_rewrite where ev_class = old.oid) o
      join pg_description c on c.classoid = o.class and c.objoid = o.oid)
    select statement from work order by place, number`;
  return rows.map(({ statement }) => statement);
}

/**
 * What hangs on the indexes and constraints of `from`, or has a name of its own: what `attachmentsOf` leaves out, because
 * it can be made only when `from` is gone and `to` has its place and its names.
 */
export async function namedAttachmentsOf(tx: Queryable, from: string): Promise<readonly string[]> {
  const rows = await allRows(tx, statementShape)`
    with old as (select * from pg_class where oid = to_regclass(${from}::text)),
    carried as (
      select i.*, c.relname from old join pg_index i on i.indrelid = old.oid and i.indisvalid
      join pg_class c on c.oid = i.indexrelid
      where not ${isUniqueHash(constant("i.indexrelid"))}),
    work (place, number, statement) as (
      select 1, s.oid::bigint, pg_get_statisticsobjdef(s.oid)
      from old join pg_statistic_ext s on s.stxrelid = old.oid
      union all
      select 2, s.oid::bigint, format('alter statistics %I.%I set statistics %s', n.nspname, s.stxname, to_jsonb(s) ->> 'stxstattarget')
      from old join pg_statistic_ext s on s.stxrelid = old.oid join pg_namespace n on n.oid = s.stxnamespace
      where (to_jsonb(s) ->> 'stxstattarget')::int >= 0
      union all
      select 3, s.oid::bigint, format('alter statistics %I.%I owner to %I', n.nspname, s.stxname, pg_get_userbyid(s.stxowner))
      from old join pg_statistic_ext s on s.stxrelid = old.oid join pg_namespace n on n.oid = s.stxnamespace
      where s.stxowner <> (select oid from pg_roles where rolname = current_user)
      union all
      select 4, 0, format('alter table %I replica identity using index %I', ${from}::text, relname) from carried where indisreplident
      union all
      select 5, 0, format('alter table %I cluster on %I', ${from}::text, relname) from carried where indisclustered
      union all
      select 6, i.indexrelid::bigint, format('comment on index %I is %L', i.relname, c.description)
      from carried i join pg_description c on c.classoid = 'pg_class'::regclass and c.objoid = i.indexrelid
      union all
      select 6, k.oid::bigint, format('comment on constraint %I on %I is %L', k.conname, ${from}::text, c.description)
      from old join pg_constraint k on k.conrelid = old.oid and k.contype in ('c', 'f', 'u', 'p', 'x')
        and not (k.contype <> 'f' and ${isUniqueHash(constant("k.conindid"))})
      join pg_description c on c.classoid = 'pg_constraint'::regclass and c.objoid = k.oid
      union all
      select 6, s.oid::bigint, format('comment on statistics %I.%I is %L', n.nspname, s.stxname, c.description)
      from old join pg_statistic_ext s on s.stxrelid = old.oid join pg_namespace n on n.oid = s.stxnamespace
      join pg_description c on c.classoid = 'pg_statistic_ext'::regclass and c.objoid = s.oid)
    select statement from work order by place, number`;
  return rows.map(({ statement }) => statement);
}
