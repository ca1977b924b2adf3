"""TensorBoard event records by TensorBoard's own writer and protobuf classes.

Run: python tools/goldens/runs-tensorboard.py
needs: tensorboard
"""

import base64
import io
import json
from pathlib import Path

import tensorboard
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.record_writer import RecordWriter

cases = [
    {"wallTime": 1700000000.25, "step": 0, "scalars": {"sft/loss": 3.5}},
    {"wallTime": 1700000001.5, "step": 1, "scalars": {"sft/loss": -0.125, "sft/größe": 1e-30}},
    {"wallTime": 1700000002.0, "step": 127, "scalars": {"a": 0.0}},
    {"wallTime": 1700000003.0, "step": 128, "scalars": {"b" * 200: 16777216.0}},
    {"wallTime": 1700000004.0, "step": 2**40 + 5, "scalars": {"c": 0.1}},
    {"wallTime": 1700000005.0, "step": 3, "scalars": {}},
]


def record(event: Event) -> str:
    file = io.BytesIO()
    RecordWriter(file).write(event.SerializeToString())
    return base64.b64encode(file.getvalue()).decode()


def scalars(case) -> str:
    values = [Summary.Value(tag=tag, simple_value=value) for tag, value in case["scalars"].items()]
    return record(Event(wall_time=case["wallTime"], step=case["step"], summary=Summary(value=values)))


fixture = {
    "source": "tensorboard.summary.writer.record_writer",
    "versions": {"tensorboard": tensorboard.__version__},
    "command": "python tools/goldens/runs-tensorboard.py",
    "inputs": {"fileVersionWallTime": 1700000000.0, "cases": cases},
    "outputs": {
        "fileVersion": record(Event(wall_time=1700000000.0, file_version="brain.Event:2")),
        "records": [scalars(case) for case in cases],
    },
}
target = Path(__file__).parents[2] / "packages/runs/src/__fixtures__/tensorboard.json"
target.parent.mkdir(exist_ok=True)
target.write_text(json.dumps(fixture, indent=2) + "\n")
