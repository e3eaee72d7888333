{#
In a night of the same models no table is created, described or renamed: rows go and rows come. A table made anew costs a dozen
statements that say what the database knows already, takes every view on it down with it, and makes readers wait.

Structures stand where the platform says that the last whole build was of this very project (`equity.warehouse.models`), and a
relation that is missing is made as dbt makes it. A run by hand says nothing and makes all that it names.
#}
{% macro structures_stand() -%}
    {{ return(execute and not flags.FULL_REFRESH and dbt_metadata_envs.get("EQUITY_STRUCTURES") == "stand") }}
{%- endmacro %}

{# The relation of the model at hand, of the kind wanted and with the structure that the project says; none where there is no such. #}
{% macro standing(kind) -%}
    {%- set relation = load_cached_relation(this) -%}
    {{ return(relation if structures_stand() and relation is not none and relation.type == kind else none) }}
{%- endmacro %}

{% materialization table, adapter="postgres" %}
    {%- if standing("table") is none -%}
        {{ return(dbt.materialization_table_default()) }}
    {%- endif -%}
    {%- set columns = get_quoted_csv(model.columns) -%}
    {# deleted, not truncated: who reads meanwhile reads the last night #}
    {{ return(filled("delete from " ~ this ~ ";\ninsert into " ~ this ~ " (" ~ columns ~ ")\nselect " ~ columns ~ " from (\n" ~ sql ~ "\n) as fresh")) }}
{% endmaterialization %}

{% materialization incremental, adapter="postgres" %}
    {%- if standing("table") is none -%}
        {{ return(dbt.materialization_incremental_default()) }}
    {%- endif -%}
    {%- set fresh = make_temp_relation(this) -%}
    {%- set strategy = adapter.get_incremental_strategy_macro(context, config.get("incremental_strategy")) -%}
    {%- set change = strategy({
        "target_relation": this, "temp_relation": fresh, "unique_key": config.get("unique_key"),
        "dest_columns": model.columns.values() | list, "incremental_predicates": none,
    }) -%}
    {{ return(filled("create temporary table " ~ fresh ~ " on commit drop as\n" ~ sql ~ ";\n" ~ change)) }}
{% endmaterialization %}

{% materialization view, adapter="postgres" %}
    {%- if standing("view") is none or as_of() in sql or known_at() in sql -%}
        {{ return(dbt.materialization_view_default()) }}
    {%- endif -%}
    {%- call noop_statement("main", "STANDS", rows_affected=-1) -%}
        {{ sql }}
    {%- endcall -%}
    {{ return({"relations": [this.incorporate(type="view")]}) }}
{% endmaterialization %}

{# Change the rows of a standing table, in one transaction with the model's hooks. #}
{% macro filled(change) -%}
    {{ run_hooks(pre_hooks) }}
    {%- call statement("main") %}
{{ change }}
    {%- endcall -%}
    {{ run_hooks(post_hooks) }}
    {%- do adapter.commit() -%}
    {{ return({"relations": [this.incorporate(type="table")]}) }}
{%- endmacro %}
