{# Whether a kind of ledger line brings money into the fund; every other kind takes it out. #}
{% macro comes_in(kind) -%}
    ({{ kind }} in ('saving_in', 'repayment', 'fee', 'donation'))
{%- endmacro %}
