"""Airflow imports this at start. Where tasks are forked from, the heavy libraries are loaded once, before the fork.

A task then begins at once instead of importing pandas and Great Expectations, or dbt, for seconds each time.
EQUITY_PRELOAD names the Airflow command in which to do so (`scheduler` for the LocalExecutor, `celery` for workers).
"""

import os
import sys

if os.environ.get("EQUITY_PRELOAD", "-") in sys.argv[:3]:
    import dbt.cli.main  # noqa: F401

    import equity.delivery.process
    import equity.identity.resolve
    import equity.publish.bulletin  # noqa: F401
