{# A model is built in the schema that it names, exactly; the schemas are made by the migrations, never here. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ custom_schema_name | trim if custom_schema_name else target.schema }}
{%- endmacro %}

{% macro postgres__create_schema(relation) %}
    {{ exceptions.raise_compiler_error("schema " ~ relation.schema ~ " is missing: run the migrations first (make nightly does)") }}
{% endmacro %}
