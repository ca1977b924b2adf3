"""GGUF, from the gguf package (the format's own Python library) and transformers.

- random blocks of every kind that can be read, and the numbers that the package makes of them
- numbers, and the F16 and Q8_0 bytes that the package makes of them
- a file with every kind of metadata value
- small models of each architecture, written as llama.cpp's converter writes them (names from the package's own map),
  with transformers' logits

python tools/goldens/language-model-gguf.py
needs: gguf torch transformers
"""

import base64
import json
import tempfile
from pathlib import Path

import gguf
import numpy as np
import torch
import transformers
from gguf import GGMLQuantizationType as Kind
from gguf import GGUFValueType as Value

random = np.random.default_rng(6)
kinds = [Kind.F32, Kind.F16, Kind.BF16, Kind.Q4_0, Kind.Q4_1, Kind.Q5_0, Kind.Q8_0, Kind.Q4_K, Kind.Q5_K, Kind.Q6_K]
kinds += [Kind.Q5_1, Kind.Q2_K, Kind.Q3_K, Kind.IQ4_NL, Kind.IQ4_XS]
# Bytes of each kind that are a binary16 and must stay finite.
scales = {"Q4_0": [0], "Q4_1": [0, 2], "Q5_0": [0], "Q8_0": [0], "Q4_K": [0, 2], "Q5_K": [0, 2], "Q6_K": [208],
          "Q5_1": [0, 2], "Q2_K": [80, 82], "Q3_K": [108], "IQ4_NL": [0], "IQ4_XS": [0]}  # fmt: skip


def text(array):
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()


def blocks(kind):
    size, count_bytes = gguf.GGML_QUANT_SIZES[kind]
    count = max(3, 96 // size)
    if kind == Kind.F32:
        data = random.standard_normal(count).astype(np.float32).view(np.uint8).reshape(count, -1)
    elif kind == Kind.F16:
        data = np.concatenate([random.standard_normal(count - 3), [0, -6e-8, 65504]]).astype(np.float16)
        data = data.view(np.uint8).reshape(count, -1)
    elif kind == Kind.BF16:
        data = (random.standard_normal(count).astype(np.float32).view(np.uint32) >> 16).astype(np.uint16)
        data = data.view(np.uint8).reshape(count, -1)
    else:
        data = random.integers(0, 256, (count, count_bytes), dtype=np.uint8)
        for at in scales[kind.name]:
            # A usual one, a negative one, and one below the smallest normal number.
            values = np.array([0.0123, -1.7, 3e-6], dtype=np.float16)[:count]
            data[:3, at : at + 2] = values.view(np.uint8).reshape(-1, 2)
    numbers = gguf.quants.dequantize(data, kind).astype(np.float32)
    return {"type": kind.name, "bytes": text(data), "numbers": text(numbers)}


def quantized():
    rows = random.standard_normal((12, 32)).astype(np.float32)
    rows[1] = 0
    rows[2] *= 1e-4
    rows[3] *= 1e3
    rows[4] = np.round(rows[4] * 4) / 8  # many ties
    rows[5, 0] = 127  # scale 1: halves are ties
    rows[5, 1:] = np.round(rows[5, 1:] * 10) + 0.5
    half = np.array([0, -0.0, 1, 2049, 2051, 65504, 6e-8, 2.9e-8, 3e-8, 1e-7, 6.1e-5, 0.1, -1 / 3], dtype=np.float32)
    half = np.concatenate([half, random.standard_normal(51).astype(np.float32)])
    return {
        "Q8_0": {"numbers": text(rows), "bytes": text(gguf.quants.quantize(rows, Kind.Q8_0))},
        "F16": {"numbers": text(half), "bytes": text(half.astype(np.float16))},
    }


def written(fill, arch="llama"):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.gguf"
        writer = gguf.GGUFWriter(path, arch)
        fill(writer)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()
        return base64.b64encode(path.read_bytes()).decode()


def metadata(writer):
    """Every kind of value and of tensor."""
    for name in ["uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64"]:
        info = np.iinfo(name)
        kind = Value[name.upper()]
        writer.add_key_value(f"{name}.least", int(info.min), kind)
        writer.add_key_value(f"{name}.most", int(info.max), kind)
        writer.add_key_value(f"{name}.list", [1, int(info.max)], Value.ARRAY, kind)
    writer.add_float32("float32", 0.1)
    writer.add_float64("float64", 0.1)
    writer.add_bool("yes", True)
    writer.add_bool("no", False)
    writer.add_string("text", "a ✓ 🦙")
    writer.add_key_value("texts", ["", "b", "é"], Value.ARRAY, Value.STRING)
    writer.add_key_value("floats", [0.5, -2.0], Value.ARRAY, Value.FLOAT32)
    writer.add_key_value("doubles", [0.1], Value.ARRAY, Value.FLOAT64)
    writer.add_key_value("flags", [True, False], Value.ARRAY, Value.BOOL)
    writer.add_tensor("matrix", np.arange(6, dtype=np.float32).reshape(2, 3))
    writer.add_tensor("half", np.array([1.5, -2], dtype=np.float16))
    for kind in kinds[3:] + [Kind.IQ2_S]:
        size, bytes_per_block = gguf.GGML_QUANT_SIZES[kind]
        writer.add_tensor(kind.name, np.zeros((2, bytes_per_block), dtype=np.uint8), raw_dtype=kind)


def permuted(weight, heads):
    """Llama's rows of queries and keys, from halved to interleaved."""
    rows = weight.reshape(heads, 2, weight.shape[0] // heads // 2, *weight.shape[1:])
    return rows.swapaxes(1, 2).reshape(weight.shape)


common = dict(vocab_size=32, hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4)
common |= dict(num_key_value_heads=2, max_position_embeddings=64)
models = {
    "llama": transformers.LlamaConfig(**common, rms_norm_eps=1e-5, rope_theta=500.0),
    "llama-scaled": transformers.LlamaConfig(
        **common,
        rope_theta=10000.0,
        tie_word_embeddings=True,
        rope_scaling=dict(
            rope_type="llama3",
            factor=8.0,
            low_freq_factor=1.0,
            high_freq_factor=4.0,
            original_max_position_embeddings=16,
        ),
    ),
    "qwen2": transformers.Qwen2Config(**common, tie_word_embeddings=True),
    "qwen3": transformers.Qwen3Config(**common, head_dim=16, tie_word_embeddings=False),
    "gemma3": transformers.Gemma3TextConfig(
        **(common | dict(num_hidden_layers=7, hidden_size=16, intermediate_size=24, num_attention_heads=2)),
        head_dim=16,
        query_pre_attn_scalar=16,
        sliding_window=4,
        rope_theta=1e6,
        rope_local_base_freq=10000.0,
    ),
    "qwen2-yarn": transformers.Qwen2Config(
        **common,
        tie_word_embeddings=True,
        rope_theta=500.0,
        rope_scaling=dict(rope_type="yarn", factor=4.0, original_max_position_embeddings=16),
    ),
    "gpt2": transformers.GPT2Config(vocab_size=32, n_embd=32, n_layer=2, n_head=4, n_positions=64),
}
architectures = {
    "llama": gguf.MODEL_ARCH.LLAMA,
    "qwen2": gguf.MODEL_ARCH.QWEN2,
    "qwen3": gguf.MODEL_ARCH.QWEN3,
    "gemma3": gguf.MODEL_ARCH.GEMMA3,
    "gpt2": gguf.MODEL_ARCH.GPT2,
}


def small_model(name, config):
    torch.manual_seed(len(name))
    arch = name.split("-")[0]
    model = transformers.AutoModelForCausalLM.from_config(config, attn_implementation="eager").float().eval()
    for parameter in model.parameters():  # biases and norms too, so that a lost one shows
        parameter.data += 0.1 * torch.randn_like(parameter)
    layers = config.num_hidden_layers
    names = gguf.get_tensor_name_map(architectures[arch], layers)

    def fill(writer):
        writer.add_block_count(layers)
        writer.add_context_length(config.max_position_embeddings)
        writer.add_embedding_length(config.hidden_size)
        writer.add_feed_forward_length(4 * config.hidden_size if arch == "gpt2" else config.intermediate_size)
        writer.add_head_count(config.num_attention_heads)
        if arch == "gpt2":
            writer.add_layer_norm_eps(config.layer_norm_epsilon)
        else:
            writer.add_head_count_kv(config.num_key_value_heads)
            writer.add_layer_norm_rms_eps(config.rms_norm_eps)
            parameters = config.rope_parameters if arch != "gemma3" else config.rope_parameters["full_attention"]
            writer.add_rope_freq_base(parameters["rope_theta"])
        if name.endswith("-yarn"):
            writer.add_rope_scaling_type(gguf.RopeScalingType.YARN)
            writer.add_rope_scaling_factor(config.rope_parameters["factor"])
            writer.add_rope_scaling_orig_ctx_len(config.rope_parameters["original_max_position_embeddings"])
        if arch in ("qwen3", "gemma3"):
            writer.add_key_length(config.head_dim)
            writer.add_value_length(config.head_dim)
        if arch == "gemma3":
            writer.add_sliding_window(config.sliding_window)
        tied = config.tie_word_embeddings
        for key, value in model.state_dict().items():
            if key.endswith((".attn.bias", ".attn.masked_bias")) or (tied and key == "lm_head.weight"):
                continue
            array = value.numpy().astype(np.float32)
            if arch == "llama" and key.endswith("q_proj.weight"):
                array = permuted(array, config.num_attention_heads)
            if arch == "llama" and key.endswith("k_proj.weight"):
                array = permuted(array, config.num_key_value_heads)
            if arch == "gemma3" and key.endswith("norm.weight"):
                array = array + 1
            if arch == "gpt2" and key.endswith(("c_attn.weight", "c_proj.weight", "c_fc.weight")):
                array = array.T
            writer.add_tensor(names.get_name(key, (".weight", ".bias")), array)
        if name == "llama-scaled":
            # The converter stores by what each frequency is divided.
            plain = config.rope_parameters["rope_theta"] ** (-torch.arange(0, 8, 2).float() / 8)
            writer.add_tensor("rope_freqs.weight", (plain / model.model.rotary_emb.inv_freq).numpy())

    tokens = torch.tensor([[3, 1, 4, 1, 5, 9, 2, 6, 5, 3]])
    with torch.no_grad():
        logits = model(tokens).logits[0]
    return {
        "name": name,
        "file": written(fill, arch),
        "tokens": tokens[0].tolist(),
        "logits": [float(f"{v:.7g}") for v in logits.flatten().tolist()],
    }


fixture = {
    "source": "The gguf package's dequantize, quantize and GGUFWriter; transformers' models with random weights.",
    "versions": {"gguf": "0.19.0", "numpy": np.__version__, "transformers": transformers.__version__},
    "command": "python tools/goldens/language-model-gguf.py",
    "inputs": {},
    "outputs": {"blocks": [blocks(kind) for kind in kinds], "quantized": quantized(), "metadata": written(metadata)},
}
folder = Path(__file__).parents[2] / "packages/language-model/src/formats/__fixtures__"
(folder / "gguf.json").write_text(json.dumps(fixture) + "\n")
for name, config in models.items():
    content = fixture | {"outputs": small_model(name, config)}
    (folder / f"gguf-{name}.json").write_text(json.dumps(content) + "\n")
