"""Parquet files as pyarrow writes them, with the rows that are in them: packages/data/src/__fixtures__/parquet.json."""

import base64
import io
import json
import pathlib
import sys

import pyarrow as pa
import pyarrow.parquet as pq

target = pathlib.Path(__file__).parents[2] / "packages/data/src/__fixtures__/parquet.json"

WORDS = "the sky is blue and wide, grün, 天気, 🙂 <|im_end|> {{ x }} ../../etc".split(" ")


def text(seed, count=6):
    return " ".join(WORDS[(seed * 7 + i * i * 3) % len(WORDS)] for i in range(count))


def turns(seed, count):
    roles = ["system", "user", "assistant"]
    return [{"role": roles[1 + i % 2], "content": text(seed + i)} for i in range(count)]


def row(i):
    return {
        "prompt": turns(i, 1 + 2 * (i % 3)),
        "chosen": [{"role": "assistant", "content": text(i + 50)}],
        "rejected": [{"role": "assistant", "content": text(i + 90)}],
        "source": None if i % 4 == 1 else ["arena", "people"][i % 2],
        "label": i % 3 == 0,
        "count": i * 10**10,
        "score": None if i % 5 == 0 else i / 8,
        "tags": [] if i % 2 else None if i % 4 == 2 else [text(i, 2), text(i + 1, 1)],
    }


turn = pa.struct([("role", pa.string()), ("content", pa.string())])
schema = pa.schema([
    ("prompt", pa.list_(turn)),
    ("chosen", pa.list_(turn)),
    ("rejected", pa.list_(turn)),
    ("source", pa.string()),
    ("label", pa.bool_()),
    ("count", pa.int64()),
    ("score", pa.float64()),
    ("tags", pa.list_(pa.string())),
])
rows = [row(i) for i in range(24)]


def write(**options):
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), buffer, row_group_size=10, **options)
    return base64.b64encode(buffer.getvalue()).decode()


kinds = {
    "none": dict(compression="none"),
    "snappy": dict(compression="snappy"),
    "gzip, plain": dict(compression="gzip", use_dictionary=False),
    "brotli": dict(compression="brotli"),
    "zstd, pages of version 2": dict(compression="zstd", data_page_version="2.0"),
    "lz4": dict(compression="lz4"),
    "none, pages of version 2": dict(compression="none", data_page_version="2.0", use_dictionary=False),
    "lengths as differences": dict(
        compression="snappy",
        use_dictionary=False,
        column_encoding={"source": "DELTA_LENGTH_BYTE_ARRAY", "count": "DELTA_BINARY_PACKED", "score": "BYTE_STREAM_SPLIT"},
    ),
}
refused = dict(compression="none", use_dictionary=False, column_encoding={"source": "DELTA_BYTE_ARRAY"})

fixture = {
    "source": "pyarrow.parquet.write_table",
    "versions": {"pyarrow": pa.__version__, "python": sys.version.split()[0]},
    "command": "python tools/goldens/data-parquet.py",
    "inputs": {name: write(**options) for name, options in kinds.items()},
    "refused": write(**refused),
    "outputs": rows,
}
target.parent.mkdir(exist_ok=True)
target.write_text(json.dumps(fixture, ensure_ascii=False, indent=1) + "\n")


def large(groups, rows, characters):
    """Much text in few bytes: it unpacks to groups · rows · characters."""
    buffer = io.BytesIO()
    with pq.ParquetWriter(buffer, pa.schema([("text", pa.string())]), compression="zstd", use_dictionary=False) as writer:
        for group in range(groups):
            texts = [(f"{group} {row} " * characters)[:characters] for row in range(rows)]
            writer.write_table(pa.table({"text": texts}), row_group_size=rows)
    return base64.b64encode(buffer.getvalue()).decode()


sizes = dict(groups=40, rows=100, characters=20_000)
fixture = {key: fixture[key] for key in ("source", "versions", "command")}
fixture |= {"inputs": large(**sizes), "outputs": sizes}
other = target.with_name("parquet-large.json")
other.write_text(json.dumps(fixture, indent=1) + "\n")
print(target.stat().st_size, other.stat().st_size)
