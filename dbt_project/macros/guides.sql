{# What the YAML of each reporting view says of its use, as rows: view_name, grain, key_columns, rules and a question. #}
{% macro guides() -%}
    {%- set there = graph.nodes.values() if execute else [] -%}
    {%- set views = there | selectattr("resource_type", "equalto", "model") | selectattr("schema", "equalto", "reporting") | list -%}
    {%- if not views -%}
        {#- the project is only being read #}
        select {% for column in ["view_name", "grain", "key_columns", "rules", "question_th", "question_en", "question_sql"] %}'' as {{ column }}{{ ", " if not loop.last }}{% endfor %}
    {%- endif -%}
    {%- for view in views | sort(attribute="name") %}
    {%- set meta = view.config.meta %}
    select
        '{{ view.name }}' as view_name,
        {{ said(meta.grain) }} as grain,
        {{ said(meta.key) }} as key_columns,
        {{ said(meta.rules) }} as rules,
        {{ said(meta.example.question_th) }} as question_th,
        {{ said(meta.example.question_en) }} as question_en,
        {{ said(meta.example.sql) }} as question_sql
    {{ "union all" if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{% macro said(words) -%}
    '{{ words | string | trim | replace("'", "''") }}'
{%- endmacro %}
