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
)

select
    object_name,
    object_kind,
    column_name,
    position,
    data_type,
    split_part(description, ' / ', 1) as description_th,
    nullif(substr(description, length(split_part(description, ' / ', 1)) + 4), '') as description_en
from described
