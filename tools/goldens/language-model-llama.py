"""Small models of the Llama family, from independent implementations: logits, log-probabilities, gradients, greedy text.

- half layout, grouped queries, separate output: transformers' LlamaForCausalLM, saved by save_pretrained.
- interleaved layout, tied output: the paper's formulas with complex numbers in PyTorch, saved in llama2.c's format.

python tools/goldens/language-model-llama.py
needs: torch transformers safetensors
"""

import base64
import json
import struct
import tempfile
from pathlib import Path

import torch
import transformers
from transformers import LlamaConfig, LlamaForCausalLM

from language_model_batch import measure, prompts, responses, weights

torch.manual_seed(3)


def half():
    config = LlamaConfig(
        vocab_size=13, hidden_size=16, intermediate_size=12, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, max_position_embeddings=24, rope_theta=500.0, rms_norm_eps=1e-4,
        tie_word_embeddings=False, initializer_range=0.4, bos_token_id=1, eos_token_id=2,
    )  # fmt: skip
    model = LlamaForCausalLM(config).eval()
    with torch.no_grad():
        for name, p in model.named_parameters():
            if "norm" in name:
                p.copy_(1 + 0.3 * torch.randn_like(p))

    def logits_of(ids, m):
        positions = (m.cumsum(1) - 1).clamp(min=0)
        return model(input_ids=ids, attention_mask=m, position_ids=positions).logits

    outputs, gradients = measure(logits_of, model.named_parameters())
    with tempfile.TemporaryDirectory() as folder:
        model.save_pretrained(folder)
        files = {
            "config": (Path(folder) / "config.json").read_text(),
            "safetensors": base64.b64encode((Path(folder) / "model.safetensors").read_bytes()).decode(),
        }
    return {"files": files, "outputs": outputs, "gradients": gradients}


def interleaved():
    D, F, layers, H, KV, V, context = 12, 10, 2, 2, 1, 13, 20
    size = D // H

    def matrix(*shape):
        return (0.4 * torch.randn(shape)).requires_grad_()

    def norm():
        return (1 + 0.3 * torch.randn(D)).requires_grad_()

    embedding = matrix(V, D)
    parts = {
        "attentionNorm": [norm() for _ in range(layers)],
        "queries": [matrix(D, D) for _ in range(layers)],
        "keys": [matrix(KV * size, D) for _ in range(layers)],
        "values": [matrix(KV * size, D) for _ in range(layers)],
        "attentionOutput": [matrix(D, D) for _ in range(layers)],
        "feedForwardNorm": [norm() for _ in range(layers)],
        "gate": [matrix(F, D) for _ in range(layers)],
        "down": [matrix(D, F) for _ in range(layers)],
        "up": [matrix(F, D) for _ in range(layers)],
    }
    final = norm()
    angles = torch.outer(torch.arange(context).double(), 10000.0 ** (-torch.arange(0, size, 2).double() / size))
    turns = torch.polar(torch.ones_like(angles), angles).to(torch.complex64)

    def rms(x, w):
        return x / torch.sqrt((x * x).mean(-1, keepdim=True) + 1e-5) * w

    def rotate(x, positions):  # [B, L, heads, size]
        pairs = torch.view_as_complex(x.reshape(*x.shape[:-1], -1, 2))
        return torch.view_as_real(pairs * turns[positions][:, :, None]).reshape(x.shape)

    def logits_of(ids, m):
        B, L = ids.shape
        positions = (m.cumsum(1) - 1).clamp(min=0)
        visible = torch.ones(L, L).tril().bool()[None] & m.bool()[:, None, :]
        x = embedding[ids]
        for i in range(layers):
            n = rms(x, parts["attentionNorm"][i])
            q = rotate((n @ parts["queries"][i].T).view(B, L, H, size), positions)
            k = rotate((n @ parts["keys"][i].T).view(B, L, KV, size), positions)
            v = (n @ parts["values"][i].T).view(B, L, KV, size)
            k, v = (t.repeat_interleave(H // KV, 2) for t in (k, v))
            scores = torch.einsum("bihs,bjhs->bhij", q, k) / size**0.5
            probabilities = torch.softmax(scores.masked_fill(~visible[:, None], -1e9), -1)
            context_ = torch.einsum("bhij,bjhs->bihs", probabilities, v).reshape(B, L, D)
            x = x + context_ @ parts["attentionOutput"][i].T
            n = rms(x, parts["feedForwardNorm"][i])
            gate = n @ parts["gate"][i].T
            x = x + (gate * torch.sigmoid(gate) * (n @ parts["up"][i].T)) @ parts["down"][i].T
        return rms(x, final) @ embedding.T

    named = [("embedding", embedding), ("norm", final)]
    named += [(f"layers.{i}.{name}", p) for name, list_ in parts.items() for i, p in enumerate(list_)]
    outputs, gradients = measure(logits_of, named)
    order = [embedding, *(p for list_ in parts.values() for p in list_), final, turns.real, turns.imag]
    header = struct.pack("<7i", D, F, layers, H, KV, V, context)
    body = b"".join(t.detach().contiguous().numpy().astype("<f4").tobytes() for t in order)
    return {"files": {"bin": base64.b64encode(header + body).decode()}, "outputs": outputs, "gradients": gradients}


fixture = {
    "source": "transformers LlamaForCausalLM (half); PyTorch with complex rotations (interleaved)",
    "versions": {"torch": torch.__version__, "transformers": transformers.__version__},
    "command": "python tools/goldens/language-model-llama.py",
    "inputs": {"prompts": prompts, "responses": responses, "weights": weights.tolist()},
    "half": half(),
    "interleaved": interleaved(),
}
path = Path(__file__).parents[2] / "packages/language-model/src/formats/__fixtures__/llama.json"
path.write_text(json.dumps(fixture) + "\n")
print(path.stat().st_size)
