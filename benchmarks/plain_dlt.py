"""The same CSV file into Postgres with dlt: text columns as they are, no checks, no vault, no history. Run by `benchmarks.delivery`.

An environment of its own: `uv run --with dlt[postgres] benchmarks/plain_dlt.py FILE URL FOLDER`. The file goes in as Arrow
tables and on as CSV with COPY, which is the fastest way that dlt has to Postgres.
"""

import json
import os
import sys
import time
from collections.abc import Iterator

FILE, URL, FOLDER = sys.argv[1:]
os.environ |= {"RUNTIME__DLTHUB_TELEMETRY": "false", "RUNTIME__LOG_LEVEL": "ERROR"}

import dlt  # noqa: E402
import pyarrow as pa  # noqa: E402
from pyarrow import csv  # noqa: E402


@dlt.resource(name="plain")
def rows() -> Iterator[pa.Table]:
    """The file in blocks, every column a text."""
    with csv.open_csv(FILE) as first:
        names = [f"c{number}" for number in range(len(first.schema))]  # all Thai names are one name to dlt
    how = csv.ReadOptions(block_size=16 << 20, column_names=names, skip_rows=1)
    texts = csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False)
    with csv.open_csv(FILE, how, convert_options=texts) as blocks:
        for block in blocks:
            yield pa.Table.from_batches([block])


began = time.perf_counter()
pipeline = dlt.pipeline("plain", pipelines_dir=FOLDER, destination=dlt.destinations.postgres(URL), dataset_name="dlt")
pipeline.run(rows(), loader_file_format="csv")
print(json.dumps({"seconds": time.perf_counter() - began}))
