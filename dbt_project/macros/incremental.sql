{#
How models are kept up to date by what changed since the last whole build, the one place of it.

What was built: `ops.built_delivery` names the deliveries whose rows all these models hold. It is written at the end of a run
of all of them in which nothing failed, and emptied by any run that is not told that the last one stands (macros/structures.sql):
while it is empty, all are made anew. A late commit cannot be missed: it is a delivery that is not named yet.

What changed: `changed_delivery` (loaded, not named yet) → `changed_person` (all persons of whom a row came, went, or is
linked otherwise) → `changed_record` (all records of those persons), `changed_pupil` (those persons, and all of a school of
which other rosters are held) and `changed_by_day` (those persons, and whom another day makes older or tells more of). These
are more than had to be, never less, and empty again when all is built.

A model by record (unique_key record_key) reads `changed_versions_of("stg_…")`, one by person (unique_key person_key) reads
`changed_rows_of("fct_…", "changed_person")`; the strategy `changed` takes away all rows of what changed and puts in what the
model says of it now. What a model says may depend on what is known at the night's moment: no more is known of whoever did not
change. Where it depends on the day, it goes by `changed_by_day`. Where a model's rows follow from other rows altogether, the
strategy `compared` computes it whole and writes what differs; whom that concerns it notes in `ops.rebuild`.
#}

{# Whether the tables hold all of a last build, so that what changed since is enough. Asked while models are run, never
   when they are compiled to be read, tested or computed again: then they say all. While parsing: yes, so that what a
   model reads in either case is known. #}
{% macro last_build_stands() -%}
    {%- if not execute -%}
        {{ return(true) }}
    {%- elif not structures_stand() or flags.WHICH not in ["build", "run"] or model.resource_type == "unit_test" -%}
        {{ return(false) }}
    {%- else -%}
        {{ return(run_query("select 1 from ops.built_delivery limit 1") | length > 0) }}
    {%- endif -%}
{%- endmacro %}

{# The deliveries in `changed_delivery`, by their numbers: for numbers the planner knows how few rows they brought. #}
{% macro changed_deliveries() -%}
    {%- set changed = ref("changed_delivery") -%}
    {%- set found = run_query("select delivery_id from " ~ changed ~ " order by 1") if execute else [] -%}
    {{ return("(" ~ (found.columns[0].values() | join(", ") if found | length else "null") ~ ")") }}
{%- endmacro %}

{# A staged record type; of it all versions of changed records only, where the last build stands. #}
{% macro changed_versions_of(staged) -%}
    {%- if last_build_stands() -%}
    (
        -- record by record: a staged version's end comes from a window over its record, which a join would not narrow
        select version.*
        from {{ ref("changed_record") }} as changed
        cross join lateral (
            select * from {{ ref(staged) }} as staged
            where staged.record_key = changed.record_key
            offset 0
        ) as version
        where changed.record_type = '{{ staged | replace("stg_", "", 1) }}'
    )
    {%- else -%}
        {{ ref(staged) }}
    {%- endif -%}
{%- endmacro %}

{# A model below; of it the rows of what changed only, where the last build stands. #}
{% macro changed_rows_of(name, changed="changed_person") -%}
    {%- if last_build_stands() -%}
    {%- set key = "record_key" if changed == "changed_record" else "person_key" -%}
    (
        select * from {{ ref(name) }} as whole
        where whole.{{ key }} in (select changed.{{ key }} from {{ ref(changed) }} as changed)
    )
    {%- else -%}
        {{ ref(name) }}
    {%- endif -%}
{%- endmacro %}

{# Of a model with a person_key the rows of those whose education may have changed. #}
{% macro of_pupils(name) -%}
    {{ changed_rows_of(name, "changed_pupil") }}
{%- endmacro %}

{# Strategy `changed`: all rows of what changed go, and those that the model has now come. #}
{% macro get_incremental_changed_sql(arguments) -%}
    {%- set target = arguments["target_relation"] -%}
    {%- set key = arguments["unique_key"] -%}
    {%- if last_build_stands() %}
    delete from {{ target }}
    where {{ key }} in (select changed.{{ key }} from {{ changed_in(model) }} as changed);
    {%- else %}
    truncate {{ target }};
    {%- endif %}
    {{ get_insert_into_sql(target, arguments["temp_relation"], arguments["dest_columns"]) }}
{%- endmacro %}

{# The set of what changed that a model goes by: the widest one that it reads. #}
{% macro changed_in(node) -%}
    {%- for name in ["changed_by_day", "changed_pupil", "changed_person", "changed_record"] -%}
        {%- if node.depends_on.nodes | select("in", ["model." ~ node.package_name ~ "." ~ name]) | list -%}
            {%- if name != "changed_by_day" and as_of() in node.compiled_code -%}
                {{ exceptions.raise_compiler_error(node.name ~ " depends on the day and does not go by changed_by_day: see macros/incremental.sql") }}
            {%- endif -%}
            {{ return(ref(name)) }}
        {%- endif -%}
    {%- endfor -%}
    {{ exceptions.raise_compiler_error(node.name ~ " is incremental and reads no changed_ set: see macros/incremental.sql") }}
{%- endmacro %}

{# Strategy `compared`: rows that are no longer so go, and new ones come. Where others depend on it row by row, ops.rebuild is
   told whom that concerns, by the two columns that meta.concerns names. #}
{% macro get_incremental_compared_sql(arguments) -%}
    {%- set target = arguments["target_relation"] -%}
    {%- set fresh = arguments["temp_relation"] -%}
    {%- set names = arguments["dest_columns"] | map(attribute="name") | list -%}
    {%- set columns = names | join(", ") -%}
    {%- set keys = arguments["unique_key"] -%}
    {%- set concerns = (config.get("meta") or {}).get("concerns", []) -%}
    {%- if last_build_stands() %}
    create temporary table differing on commit drop as
    select
        {{ picked("coalesce(held.{0}, fresh.{0}) as {0}", keys) }}
        {%- for concern in concerns %},
        held.{{ concern }}::text as was_{{ loop.index }},
        fresh.{{ concern }}::text as is_{{ loop.index }}
        {%- endfor %}
    from {{ target }} as held
    full outer join {{ fresh }} as fresh
        on {{ picked("held.{0} = fresh.{0}", keys, " and ") }}
    where ({{ picked("held.{0}", names) }}) is distinct from ({{ picked("fresh.{0}", names) }});
    {%- if concerns %}
    insert into ops.rebuild (relation, first_key, second_key)
    select distinct '{{ target.identifier }}', coalesce(concerned.first_key, ''), coalesce(concerned.second_key, '')
    from differing
    cross join lateral (values (was_1, was_2), (is_1, is_2)) as concerned (first_key, second_key)
    where concerned.first_key is not null or concerned.second_key is not null
    on conflict do nothing;
    {%- endif %}
    delete from {{ target }} as held using differing
    where {{ picked("held.{0} = differing.{0}", keys, " and ") }};
    insert into {{ target }} ({{ columns }})
    select {{ columns }} from {{ fresh }} as fresh
    inner join differing using ({{ keys | join(", ") }});
    {%- else %}
    truncate {{ target }};
    insert into {{ target }} ({{ columns }}) select {{ columns }} from {{ fresh }};
    {%- endif %}
{%- endmacro %}

{# A piece of SQL for each name, `{0}` being the name. #}
{% macro picked(piece, names, between=", ") -%}
    {%- for name in names %}{{ piece.format(name) }}{{ between if not loop.last }}{% endfor -%}
{%- endmacro %}

{# Whether a model is kept up to date by what changed. #}
{% macro is_kept_up(node) -%}
    {{ return(node.config.materialized == "incremental" and node.config.incremental_strategy in ["changed", "compared"]) }}
{%- endmacro %}

{# After a table is made. What a night changes of a table is looked at by Postgres itself, when it is enough. #}
{% macro statistics() -%}
    {%- if not (is_kept_up(model) and last_build_stands()) -%}
analyze {{ this }}
    {%- endif -%}
{%- endmacro %}

{# At the start of a run that makes relations anew: until a whole build is done nothing counts as built. #}
{% macro forget_what_was_built() -%}
    {%- if execute and flags.WHICH in ["build", "run"] and not structures_stand() -%}
delete from ops.built_delivery
    {%- else -%}
select 1
    {%- endif -%}
{%- endmacro %}

{# At the end of a run: where it made all that is kept up and nothing failed, what came with it counts as built. #}
{% macro remember_what_was_built(results) -%}
    {%- set whole = [] -%}
    {%- if execute and flags.WHICH in ["build", "run"] -%}
        {%- set made = results | selectattr("status", "in", ["success", "pass", "warn"]) | map(attribute="node.unique_id") | list -%}
        {%- set left = [] -%}
        {%- for node in graph.nodes.values() if node.unique_id not in made -%}
            {%- if node.resource_type == "model" and (
                is_kept_up(node) or node.name in [
                    "changed_delivery", "changed_person", "changed_record", "changed_pupil", "changed_by_day"
                ]
            ) -%}
                {%- do left.append(node.name) -%}
            {%- endif -%}
        {%- endfor -%}
        {%- if made | length == results | length and not left -%}
            {%- do whole.append(true) -%}
        {%- endif -%}
    {%- endif -%}
    {%- if whole -%}
insert into ops.built_delivery (delivery_id)
select changed.delivery_id
from identity.changed_delivery as changed
inner join ops.delivery as delivery on changed.delivery_id = delivery.delivery_id
-- what was loaded while the night was built is known from the next one on: until then some models do not tell of it
where delivery.known_from <= {{ known_at() }}
on conflict do nothing;
delete from ops.rebuild;
truncate identity.changed_delivery, identity.changed_person, identity.changed_record, core.changed_pupil, core.changed_by_day
    {%- else -%}
select 1
    {%- endif -%}
{%- endmacro %}
