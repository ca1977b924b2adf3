"""Folders and files that other tools leave, and what transformers and gguf read from them.

- a Llama whose config.json ties the output layer, but whose file has a head of its own
- a GPT-2 whose file holds causal masks as U8 and BOOL, as transformers before 4.30 wrote them
- the same Llama in float64, and in float8 of both kinds
- a GGUF file in three parts, as gguf-split leaves it

python tools/goldens/language-model-odd-folders.py
needs: gguf torch transformers safetensors
"""

import base64
import json
import tempfile
from pathlib import Path

import gguf
import numpy as np
import torch
import transformers
from safetensors.torch import load_file, save_file

transformers.logging.set_verbosity_error()
tokens = torch.tensor([[3, 1, 4, 1, 5, 6, 2]])
llama = transformers.LlamaConfig(
    vocab_size=8, hidden_size=8, intermediate_size=8, num_hidden_layers=1, num_attention_heads=2,
    num_key_value_heads=1, max_position_embeddings=16, initializer_range=0.4, tie_word_embeddings=True,
)  # fmt: skip
gpt2 = transformers.GPT2Config(vocab_size=8, n_embd=8, n_layer=1, n_head=2, n_positions=16, initializer_range=0.4)


def encoded(folder):
    return {f.name: base64.b64encode(f.read_bytes()).decode() for f in sorted(Path(folder).iterdir())}


def logits_of(model):
    with torch.no_grad():
        return [float(f"{v:.7g}") for v in model.float().eval()(tokens).logits.flatten().tolist()]


def case(config, change, seed):
    """The folder after `change` of its tensors, and the logits of what transformers loads from it."""
    torch.manual_seed(seed)
    with tempfile.TemporaryDirectory() as folder:
        transformers.AutoModelForCausalLM.from_config(config).float().save_pretrained(folder)
        path = Path(folder) / "model.safetensors"
        save_file(change(load_file(path)), path, metadata={"format": "pt"})
        model = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
        return {"files": encoded(folder), "logits": logits_of(model)}


def with_masks(tensors):
    mask = torch.ones(16, 16).tril()[None, None]
    masks = {"transformer.h.0.attn.bias": mask.to(torch.uint8), "transformer.h.0.attn.masked_bias": mask.bool()}
    return {**tensors, **masks}


def parts(count=3):
    """A GGUF of Llama's tensors in parts, with the metadata that gguf-split writes."""
    torch.manual_seed(9)
    config = transformers.LlamaConfig(**{**llama.to_dict(), "num_key_value_heads": 2, "tie_word_embeddings": False})
    model = transformers.AutoModelForCausalLM.from_config(config).float()
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.LLAMA, 1)
    arrays = {}
    for key, value in model.state_dict().items():
        array = value.numpy()
        if key.endswith(("q_proj.weight", "k_proj.weight")):
            array = array.reshape(2, 2, 2, 8).swapaxes(1, 2).reshape(8, 8)
        arrays[names.get_name(key, (".weight", ".bias"))] = array
    files = {}
    with tempfile.TemporaryDirectory() as folder:
        for part in range(count):
            path = Path(folder) / f"model-{part + 1:05}-of-{count:05}.gguf"
            writer = gguf.GGUFWriter(path, "llama")
            if part == 0:
                writer.add_block_count(1)
                writer.add_context_length(16)
                writer.add_embedding_length(8)
                writer.add_feed_forward_length(8)
                writer.add_head_count(2)
                writer.add_head_count_kv(2)
                writer.add_layer_norm_rms_eps(config.rms_norm_eps)
            writer.add_uint16("split.no", part)
            writer.add_uint16("split.count", count)
            writer.add_int32("split.tensors.count", len(arrays))
            for name in list(arrays)[part::count]:
                writer.add_tensor(name, np.ascontiguousarray(arrays[name]))
            writer.write_header_to_file()
            writer.write_kv_data_to_file()
            writer.write_tensors_to_file()
            writer.close()
            files[path.name] = base64.b64encode(path.read_bytes()).decode()
    return {"files": files, "logits": logits_of(model)}


def as_dtype(dtype):
    return lambda tensors: {name: tensor.to(dtype) for name, tensor in tensors.items()}


fixture = {
    "source": "transformers' from_pretrained; GGUFWriter",
    "versions": {"gguf": "0.19.0", "torch": torch.__version__, "transformers": transformers.__version__},
    "command": "python tools/goldens/language-model-odd-folders.py",
    "inputs": {"tokens": tokens[0].tolist()},
    "outputs": {
        "separateHead": case(llama, lambda t: {**t, "lm_head.weight": torch.randn(8, 8)}, 1),
        "equalHead": case(llama, lambda t: {**t, "lm_head.weight": t["model.embed_tokens.weight"].clone()}, 2),
        "byteMasks": case(gpt2, with_masks, 3),
        "float64": case(llama, as_dtype(torch.float64), 4),
        "float8E4m3": case(llama, as_dtype(torch.float8_e4m3fn), 5),
        "float8E5m2": case(llama, as_dtype(torch.float8_e5m2), 6),
        "splitGguf": parts(),
    },
}
path = Path(__file__).parents[2] / "packages/language-model/src/formats/__fixtures__/odd-folders.json"
path.write_text(json.dumps(fixture) + "\n")
print(path.stat().st_size)
