{#
Every question of reporting as of any closing day, as known on any night: for each view a function of its name with `_as_of`,
made of the view's own SQL and of that of the models it stands on, whose moments become the function's two parameters. So
nothing is written twice, and a view is its function at the latest night. Made at the end of a whole build; they run with the
builder's rights, show what the views show, and nothing else can be asked of them:

- knowledge goes by nights: what is asked as known at a time is answered as the platform knew it when it last published;
- a day is the last of a month or one of the school year's (15 May, 10 June, 10 November), or the night's own; only a
  steward may name any. So no two answers differ by the birthdays, arrivals and departures of a single day, but for those
  that each night showed anyway.

A view that needs no function says so in its meta: `as_of: why`.
#}
{% macro create_as_of_functions(results) %}
    {%- if not execute or structures_stand() or flags.WHICH not in ["build", "run"] -%}
        {{ return("select 1") }}
    {%- endif -%}
    {%- set run = results | map(attribute="node") | selectattr("resource_type", "equalto", "model") | list -%}
    {%- set there = graph.nodes.values() | selectattr("resource_type", "equalto", "model") | list -%}
    {%- if run | length < there | length -%}
        {{ return("select 1") }}
    {%- endif -%}
    {%- set moving = {} -%}
    {%- for node in run -%}
        {#- a model that keeps its history is read as it is; any other that knows the moment is computed anew, by its whole SQL:
            these functions are made where all is made anew -#}
        {%- set parents = node.depends_on_nodes | select("in", moving) | list -%}
        {%- if "known_from" not in node.columns and (
            parents or as_of() in node.compiled_code or known_at() in node.compiled_code
        ) -%}
            {%- do moving.update({node.unique_id: node}) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- for node in moving.values() if node.schema == "reporting" and not node.config.meta.as_of -%}
        {{ as_of_function(node, moving) }}
    {%- endfor -%}
{% endmacro %}

{% macro as_of_function(view, moving) %}
    {%- set wanted = {view.unique_id: true} -%}
    {%- set parts = [] -%}
    {%- for node in moving.values() | reverse if node.unique_id in wanted -%}
        {%- do parts.insert(0, node) -%}
        {%- for parent in node.depends_on_nodes if parent in moving -%}
            {%- do wanted.update({parent: true}) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- set name = "reporting." ~ view.name ~ "_as_of" -%}
    {%- set th, en = view.description.split(" / ", 1) %}
drop function if exists {{ name }}(date, timestamptz);
create function {{ name }}(
    valid_on date, {{ "known_at " if "known_at" not in view.columns }}timestamptz default 'infinity'
)
returns table (
    {%- for column in view.columns.values() %}
    {{ column.name }} {{ column.data_type }}{{ "," if not loop.last }}
    {%- endfor %}
)
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
{%- if parts | length > 1 %}
set enable_nestloop = off  -- what is computed on the way has no statistics: loops over it would be planned too often
{%- endif %}
as $function$
#variable_conflict use_column
declare
    night record;
begin
    select max(delivery.night) as as_of, epoch.known_at
    into night
    from (select max(known_at) as known_at from ops.epoch where known_at <= $2) as epoch
    inner join ops.delivery as delivery
        on delivery.known_from <= epoch.known_at and delivery.state = 'loaded'
    group by epoch.known_at;
    if not found then
        return;  -- nothing was known yet
    end if;
    if $1 is null or $1 > night.as_of or not (
        $1 = night.as_of or {{ is_closing_day("$1") }} or pg_has_role(session_user, 'equity_steward', 'member')
    ) then
        raise 'no answer as of %: ask for the last day of a month, 15 May, 10 June or 10 November up to %, or for that day', $1, night.as_of
            using hint = 'ถามได้ ณ วันสิ้นเดือน 15 พ.ค. 10 มิ.ย. 10 พ.ย. หรือวันของคืนนั้น', errcode = 'invalid_parameter_value';
    end if;
    $2 := night.known_at;
    return query
    with
    {%- for node in parts[:-1] %}
    {{ computed_anew(node) }} as (
{{ with_parameters(node, moving) }}
    ),
    {%- endfor %}
    answer as (
{{ with_parameters(view, moving) }}
    )
    select
        {%- for column in view.columns.values() %}
        answer.{{ column.name }}::{{ column.data_type }}{{ "," if not loop.last }}
        {%- endfor %}
    from answer;
end
$function$;
comment on function {{ name }}(date, timestamptz) is
    {{ said(th ~ " ณ วันใดวันหนึ่ง ตามที่รู้ในคืนใดคืนหนึ่ง / " ~ en.rstrip(".") ~ "; as of a closing day, as known on any night.") }};
{% endmacro %}

{# The days that are asked for: ends of months, of the academic year, and the days on which schools count. #}
{% macro is_closing_day(day) -%}
    ({{ day }} = (date_trunc('month', {{ day }}) + interval '1 month - 1 day')::date or to_char({{ day }}, 'MM-DD') in ('05-15', '06-10', '11-10'))
{%- endmacro %}

{% macro computed_anew(node) -%}
    as_of__{{ node.name }}
{%- endmacro %}

{# A model's SQL with the function's parameters for its moments, and those it reads that are computed anew. #}
{% macro with_parameters(node, moving) -%}
    {%- set text = namespace(code=node.compiled_code | replace(as_of(), "$1") | replace(known_at(), "$2")) -%}
    {%- for parent in node.depends_on_nodes if parent in moving -%}
        {%- set text.code = text.code | replace(moving[parent].relation_name, computed_anew(moving[parent])) -%}
    {%- endfor -%}
    {{ text.code }}
{%- endmacro %}
