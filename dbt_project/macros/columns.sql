{# As dbt's own, but from the catalog itself, which knows the element type of an array (unit tests cast to it). #}
{% macro postgres__get_columns_in_relation(relation) -%}
    {% call statement("get_columns_in_relation", fetch_result=True) %}
        select
            attribute.attname::text as column_name,
            format_type(attribute.atttypid, attribute.atttypmod) as data_type,
            null::integer as character_maximum_length,
            null::integer as numeric_precision,
            null::integer as numeric_scale
        from pg_catalog.pg_attribute as attribute
        inner join pg_catalog.pg_class as class
            on attribute.attrelid = class.oid
        inner join pg_catalog.pg_namespace as namespace
            on class.relnamespace = namespace.oid
        where
            class.relname = '{{ relation.identifier }}'
            and {% if relation.schema -%}
                namespace.nspname = '{{ relation.schema }}'
            {%- else -%}
                pg_catalog.pg_table_is_visible(class.oid)
            {%- endif %}
            and attribute.attnum > 0
            and not attribute.attisdropped
        order by attribute.attnum
    {% endcall %}
    {{ return(sql_convert_columns_in_relation(load_result("get_columns_in_relation").table)) }}
{%- endmacro %}
