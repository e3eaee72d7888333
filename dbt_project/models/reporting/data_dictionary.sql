{{ config(materialized="view", post_hook="alter view {{ this }} set (security_barrier = true)") }}

with described as (
    select
        class.relname::text as object_name,
        case class.relkind when 'v' then 'view' else 'table' end as object_kind,
        attribute.attname::text as column_name,
        attribute.attnum::integer as position,
        format_type(attribute.atttypid, attribute.atttypmod) as data_type,
        coalesce(col_description(class.oid, attribute.attnum), obj_description(class.oid, 'pg_class')) as description
    from pg_catalog.pg_class as class
    inner join pg_catalog.pg_namespace as namespace
        on class.relnamespace = namespace.oid
    inner join pg_catalog.pg_attribute as attribute
        on class.oid = attribute.attrelid
    where
        namespace.nspname = 'reporting'
        and class.relkind in ('r', 'v')
        and attribute.attnum > 0
        and not attribute.attisdropped

    union all

    select
        class.relname::text as object_name,
        case class.relkind when 'v' then 'view' else 'table' end as object_kind,
        null as column_name,
        0 as position,
        null as data_type,
        obj_description(class.oid, 'pg_class') as description
    from pg_catalog.pg_class as class
    inner join pg_catalog.pg_namespace as namespace
        on class.relnamespace = namespace.oid
    where namespace.nspname = 'reporting' and class.relkind in ('r', 'v')

    union all

    select
        routine.proname::text as object_name,
        'function' as object_kind,
        null as column_name,
        0 as position,
        pg_get_function_result(routine.oid) as data_type,
        obj_description(routine.oid, 'pg_proc') as description
    from pg_catalog.pg_proc as routine
    inner join pg_catalog.pg_namespace as namespace
        on routine.pronamespace = namespace.oid
    where namespace.nspname = 'reporting'
),

guide as (
    {{ guides() }}
)

-- what is said of an object as a whole stands in its own row; a function has the grain, key and rules of its view
select
    described.object_name,
    described.object_kind,
    described.column_name,
    described.position,
    described.data_type,
    split_part(described.description, ' / ', 1) as description_th,
    nullif(substr(described.description, length(split_part(described.description, ' / ', 1)) + 4), '')
        as description_en,
    guide.grain,
    guide.key_columns,
    guide.rules,
    guide.question_th,
    guide.question_en,
    guide.question_sql
from described
left join guide
    on described.position = 0 and described.object_name in (guide.view_name, guide.view_name || '_as_of')
