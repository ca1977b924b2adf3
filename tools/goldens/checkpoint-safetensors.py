"""Writes a safetensors file of every dtype that the codec reads, through the reference implementation.

Run: python tools/goldens/checkpoint-safetensors.py
"""

import base64
import json
from pathlib import Path

import safetensors
import torch
from safetensors.torch import save

tensors = {
    "f32": torch.tensor([[0.0, -1.5, 3.25e-39], [1e30, float("inf"), -0.0]], dtype=torch.float32),
    "i32": torch.tensor([-(2**31), -1, 0, 2**31 - 1], dtype=torch.int32),
    "i64": torch.tensor([[-(2**31)], [2**31 - 1]], dtype=torch.int64),
    # Every exponent, both signs, subnormals, infinities.
    "f16": torch.arange(0, 65536, 509, dtype=torch.int32).to(torch.int16).view(torch.float16),
    "bf16": torch.arange(0, 65536, 509, dtype=torch.int32).to(torch.int16).view(torch.bfloat16),
    "f64": torch.tensor([0.1, -1e-300, 3.4e38, float("nan"), float("-inf")], dtype=torch.float64),
    # All 256 codes.
    "e4m3": torch.arange(0, 256, dtype=torch.int32).to(torch.uint8).view(torch.float8_e4m3fn),
    "e5m2": torch.arange(0, 256, dtype=torch.int32).to(torch.uint8).view(torch.float8_e5m2),
    "int8": torch.tensor([-128, -1, 127], dtype=torch.int8),
    "int16": torch.tensor([-32768, 32767], dtype=torch.int16),
    "iu8": torch.tensor([0, 255], dtype=torch.uint8),
    "iu16": torch.tensor([0, 65535], dtype=torch.uint16),
    "iu32": torch.tensor([0, 2**31 - 1], dtype=torch.uint32),
    "iu64": torch.tensor([7], dtype=torch.uint64),
    "ibool": torch.tensor([True, False]),
    "scalar": torch.tensor(2.5, dtype=torch.float32),
    "empty": torch.zeros([0, 3], dtype=torch.float32),
}
file = save(tensors, metadata={"format": "pt", "ключ": "значение"})


def plain(tensor: torch.Tensor):
    float32 = tensor.to(torch.float32) if tensor.is_floating_point() else tensor
    values = float32.to(torch.float64).flatten().tolist()
    names = {float("inf"): "Infinity", float("-inf"): "-Infinity"}
    return ["NaN" if value != value else names.get(value, value) for value in values]


fixture = {
    "source": "safetensors.torch.save",
    "versions": {"safetensors": safetensors.__version__, "torch": torch.__version__},
    "command": "python tools/goldens/checkpoint-safetensors.py",
    "inputs": {"file": base64.b64encode(file).decode()},
    "outputs": {name: {"shape": list(t.shape), "values": plain(t)} for name, t in tensors.items()},
}
path = Path(__file__).parents[2] / "packages/checkpoint/src/__fixtures__/safetensors.json"
path.parent.mkdir(exist_ok=True)
path.write_text(json.dumps(fixture) + "\n")
