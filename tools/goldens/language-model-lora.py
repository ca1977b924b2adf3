"""LoRA adapters by PEFT on small random models: logits, log-probabilities, gradients of A and B, the merged weights.

- llama: grouped queries, all linear layers, α/r.
- qwen2: biases, queries and values of one layer alone with a rank of their own, α/√r.
- gpt2: joined queries, keys and values; matrices stored input by output.

python tools/goldens/language-model-lora.py
needs: torch transformers peft safetensors
"""

import base64
import json
import tempfile
from pathlib import Path

import peft
import torch
import transformers
from peft import LoraConfig, get_peft_model
from transformers import GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM, Qwen2Config, Qwen2ForCausalLM

torch.manual_seed(5)
prompts = [[5, 1, 7], [2, 9, 4, 11, 3], [8]]
responses = [[6, 2, 10, 4], [1, 12, 12, 0], [3, 3, 9, 7]]
P, T = max(map(len, prompts)), 4
tokens = torch.tensor([[0] * (P - len(p)) + p + r for p, r in zip(prompts, responses)])
mask = torch.tensor([[0] * (P - len(p)) + [1] * (len(p) + T) for p in prompts])
positions = (mask.cumsum(1) - 1).clamp(min=0)
weights = torch.tensor([[1.0, -0.5, 0.25, 2.0], [0.5, 1.5, -1.0, 1.0], [-1.0, 0.75, 1.0, 0.5]])

shape = dict(
    vocab_size=13, hidden_size=16, intermediate_size=12, num_hidden_layers=2, num_attention_heads=4,
    num_key_value_heads=2, max_position_embeddings=24, tie_word_embeddings=True, initializer_range=0.3,
)  # fmt: skip
cases = {
    "llama": (LlamaForCausalLM(LlamaConfig(**shape)), dict(r=3, lora_alpha=6, target_modules="all-linear")),
    "qwen2": (
        Qwen2ForCausalLM(Qwen2Config(**shape)),
        dict(
            r=2, lora_alpha=5, target_modules=["q_proj", "v_proj"], use_rslora=True,
            layers_to_transform=[1], rank_pattern={"v_proj": 4}, alpha_pattern={"v_proj": 3},
        ),
    ),  # fmt: skip
    "gpt2": (
        GPT2LMHeadModel(
            GPT2Config(
                vocab_size=13, n_positions=24, n_embd=16, n_layer=2, n_head=2, initializer_range=0.3,
                resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0, bos_token_id=1, eos_token_id=2,
            )
        ),
        dict(r=2, lora_alpha=4, target_modules=["c_attn", "c_proj", "c_fc"], fan_in_fan_out=True),
    ),
}  # fmt: skip


def rounded(tensor):
    return [float(f"{v:.7g}") for v in tensor.detach().double().flatten().tolist()]


def files_of(folder):
    return {
        path.name: path.read_text() if path.suffix == ".json" else base64.b64encode(path.read_bytes()).decode()
        for path in sorted(Path(folder).iterdir())
        if path.name in ("config.json", "model.safetensors", "adapter_config.json", "adapter_model.safetensors")
    }


def measure(base, options):
    with torch.no_grad():
        for name, p in base.named_parameters():
            if p.ndim == 1:
                p.add_(0.2 * torch.randn_like(p))
    base.eval()
    with tempfile.TemporaryDirectory() as folder:
        base.save_pretrained(folder)
        base_files = files_of(folder)
    model = get_peft_model(base, LoraConfig(task_type="CAUSAL_LM", lora_dropout=0.0, **options)).eval()
    adapters = {name: p for name, p in model.named_parameters() if "lora_" in name}
    with torch.no_grad():
        for p in adapters.values():
            p.copy_(0.3 * torch.randn_like(p))
    with tempfile.TemporaryDirectory() as folder:
        model.save_pretrained(folder)
        adapter_files = files_of(folder)

    def logits_of():
        return model(input_ids=tokens, attention_mask=mask, position_ids=positions).logits[:, P - 1 : -1]

    logits = logits_of()
    chosen = torch.log_softmax(logits.double(), -1)
    log_probs = chosen.gather(-1, tokens[:, P:, None])[..., 0]
    (log_probs * weights).sum().backward()
    gradients = {name.replace(".default", ""): rounded(p.grad) for name, p in adapters.items()}
    with torch.no_grad(), model.disable_adapter():
        plain = logits_of()
    return {
        "base": base_files,
        "adapter": adapter_files,
        "outputs": {"logits": rounded(logits), "baseLogits": rounded(plain), "logProbs": rounded(log_probs)},
        "gradients": gradients,
    }


fixture = {
    "source": "peft, LoRA",
    "versions": {"torch": torch.__version__, "transformers": transformers.__version__, "peft": peft.__version__},
    "command": "python tools/goldens/language-model-lora.py",
    "inputs": {"prompts": prompts, "responses": responses, "weights": weights.tolist()},
    "cases": {name: measure(*case) for name, case in cases.items()},
}
path = Path(__file__).parents[2] / "packages/language-model/src/lora/__fixtures__/peft.json"
path.parent.mkdir(exist_ok=True)
path.write_text(json.dumps(fixture) + "\n")
print(path.stat().st_size)
