{# The day that figures are about: var as_of, or DBT_ENV_CUSTOM_ENV_EQUITY_AS_OF of the environment, by default today in
   Bangkok. dbt does not look whether that has changed, as it would of env_var, and so parses nothing anew for another day. #}
{% macro as_of() -%}
    date '{{ var("as_of", none) or dbt_metadata_envs.get("EQUITY_AS_OF") or run_started_at.astimezone(modules.pytz.timezone("Asia/Bangkok")).strftime("%Y-%m-%d") }}'
{%- endmacro %}

{# The moment whose knowledge figures rest on: var known_at, or DBT_ENV_CUSTOM_ENV_EQUITY_KNOWN_AT, by default all that is known. #}
{% macro known_at() -%}
    timestamptz '{{ var("known_at", none) or dbt_metadata_envs.get("EQUITY_KNOWN_AT") or "9999-12-31 00:00:00+00" }}'
{%- endmacro %}

{# Whether a version [known_from, known_to) was the one known at known_at. #}
{% macro is_known(relation) -%}
    ({{ relation }}.known_from <= {{ known_at() }} and coalesce({{ relation }}.known_to, 'infinity') > {{ known_at() }})
{%- endmacro %}

{# Whether two versions were known at the same time for a while. #}
{% macro known_together(one, other) -%}
    (
        {{ other }}.known_from < coalesce({{ one }}.known_to, 'infinity')
        and coalesce({{ other }}.known_to, 'infinity') > {{ one }}.known_from
    )
{%- endmacro %}

{# Columns known_from and known_to of what follows from both. #}
{% macro known_range(one, other) -%}
    greatest({{ one }}.known_from, {{ other }}.known_from) as known_from,
        least({{ one }}.known_to, {{ other }}.known_to) as known_to
{%- endmacro %}

{# The slices of knowledge of each person: a new one begins whenever a piece of that person's evidence came or went.
   Linear in the evidence: a person meets only the times of their own evidence. #}
{% macro knowledge_slices(evidence) -%}
    select
        person_key,
        known_at as slice_from,
        lead(known_at) over (partition by person_key order by known_at) as slice_to,
        row_number() over (partition by person_key order by known_at) as slice_no
    from (
        select person_key, known_from as known_at from {{ evidence }}
        union
        select person_key, known_to as known_at from {{ evidence }} where known_to is not null
    ) as changes
{%- endmacro %}

{# Completed years on a day; null before the birth. #}
{% macro age_on(birth_date, day) -%}
    case when {{ birth_date }} <= {{ day }} then extract(year from age({{ day }}, {{ birth_date }}))::integer end
{%- endmacro %}

{# The age bands of the indicator catalogue, and those of working life after them. #}
{% macro age_band(age) -%}
    case
        when {{ age }} < 0 then null
        when {{ age }} <= 2 then '0-2'
        when {{ age }} <= 5 then '3-5'
        when {{ age }} <= 11 then '6-11'
        when {{ age }} <= 14 then '12-14'
        when {{ age }} <= 17 then '15-17'
        when {{ age }} <= 24 then '18-24'
        when {{ age }} <= 59 then '25-59'
        when {{ age }} is not null then '60+'
    end
{%- endmacro %}

{# Of all that was told, the latest word on one attribute; `given` names the attribute that it comes together with. #}
{% macro latest_told(column, given=none) -%}
    (
        array_agg(told.{{ column }} order by told.told_at desc, told.source, told.record_key)
        filter (where told.{{ given or column }} is not null)
    )[1] as {{ column }}
{%- endmacro %}
