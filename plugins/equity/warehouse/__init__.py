"""Warehouse: the server, connections as roles, migrations, the dbt build."""
