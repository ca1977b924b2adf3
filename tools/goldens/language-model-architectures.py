"""Small random models of several families from transformers: logits, log-probabilities, gradients, greedy text, and the
scores of sequence classifiers. Each is stored as the folder that save_pretrained writes; the tests read that.

python tools/goldens/language-model-architectures.py
needs: torch transformers safetensors
"""

import base64
import json
import tempfile
from pathlib import Path

import torch
import transformers

from language_model_batch import measure, prompts, responses, rounded, weights

transformers.logging.set_verbosity_error()
root = Path(__file__).parents[2]
common = dict(
    vocab_size=13, hidden_size=16, intermediate_size=12, num_hidden_layers=2, num_attention_heads=4,
    num_key_value_heads=2, max_position_embeddings=24, initializer_range=0.4, bos_token_id=1, eos_token_id=2,
    pad_token_id=0,
)  # fmt: skip
gpt2 = dict(
    vocab_size=13, n_embd=16, n_inner=20, n_layer=2, n_head=4, n_positions=24, layer_norm_epsilon=1e-4,
    initializer_range=0.4, bos_token_id=1, eos_token_id=2, pad_token_id=0,
)  # fmt: skip
llama3 = dict(
    rope_type="llama3", rope_theta=100.0, factor=4.0, low_freq_factor=1.0, high_freq_factor=3.0,
    original_max_position_embeddings=12,
)  # fmt: skip
yarn = dict(rope_type="yarn", rope_theta=100.0, factor=4.0, original_max_position_embeddings=6, beta_fast=1.5,
            beta_slow=0.2)  # fmt: skip
kinds = ["sliding_attention", "full_attention", "sliding_attention"]
gemma = {**common, "num_hidden_layers": 3, "head_dim": 8, "query_pre_attn_scalar": 6, "sliding_window": 3,
         "layer_types": kinds, "tie_word_embeddings": True, "rms_norm_eps": 1e-4,
         "rope_parameters": {
             "full_attention": {"rope_type": "linear", "factor": 2.0, "rope_theta": 500.0},
             "sliding_attention": {"rope_type": "default", "rope_theta": 30.0},
         }}  # fmt: skip

# name: configuration, dtype of the files, size of a file
models = {
    "llama": (transformers.LlamaConfig(
        **common, rope_parameters=llama3, rms_norm_eps=1e-4, attention_bias=True, mlp_bias=True, head_dim=6,
        tie_word_embeddings=True), torch.float32, "1GB"),
    "qwen2": (transformers.Qwen2Config(
        **common, rope_parameters=dict(rope_type="default", rope_theta=500.0), rms_norm_eps=1e-4,
        tie_word_embeddings=True), torch.float16, "2KB"),
    "qwen3": (transformers.Qwen3Config(
        **common, head_dim=8, rope_parameters=dict(rope_type="default", rope_theta=500.0), rms_norm_eps=1e-4,
        tie_word_embeddings=False), torch.bfloat16, "1GB"),
    "gpt2": (transformers.GPT2Config(**gpt2), torch.float32, "6KB"),
    "gemma3": (transformers.Gemma3TextConfig(**gemma), torch.float32, "1GB"),
    "llama-yarn": (transformers.LlamaConfig(
        **common, rope_parameters=yarn, head_dim=8, hidden_act="gelu", tie_word_embeddings=True), torch.float32, "1GB"),
    "llama-dynamic": (transformers.LlamaConfig(
        **common, rope_parameters=dict(rope_type="dynamic", rope_theta=100.0, factor=4.0), hidden_act="quick_gelu",
        tie_word_embeddings=True), torch.float32, "1GB"),
    "mistral": (transformers.MistralConfig(
        **common, rope_parameters=dict(rope_type="default", rope_theta=100.0), sliding_window=3,
        tie_word_embeddings=True), torch.float32, "1GB"),
    "qwen2-sliding": (transformers.Qwen2Config(
        **common, rope_parameters=yarn, use_sliding_window=True, sliding_window=3, max_window_layers=1,
        tie_word_embeddings=True), torch.float32, "1GB"),
    "gpt2-exact": (transformers.GPT2Config(**gpt2, activation_function="gelu"), torch.float32, "1GB"),
}  # fmt: skip
classifiers = {
    "llama": (transformers.LlamaConfig(**common, num_labels=1, tie_word_embeddings=False), torch.float32),
    "qwen2": (transformers.Qwen2Config(**common, num_labels=2, tie_word_embeddings=True), torch.bfloat16),
    "gpt2": (transformers.GPT2Config(**gpt2, num_labels=3), torch.float32),
}


def make(auto, config, dtype):
    """A model whose norms and biases are random too; its numbers are such as the files' dtype has."""
    model = auto.from_config(config, attn_implementation="eager").float().eval()
    with torch.no_grad():
        for name, p in model.named_parameters():
            if "norm" in name or "ln_" in name:
                around = 0 if name.endswith("bias") or "gemma" in config.model_type else 1
                p.copy_(around + 0.3 * torch.randn_like(p))
            elif name.endswith("bias"):
                p.copy_(0.3 * torch.randn_like(p))
            p.copy_(p.to(dtype).float())
    return model


def folder_of(model, dtype, size="1GB"):
    with tempfile.TemporaryDirectory() as folder:
        model.to(dtype).save_pretrained(folder, max_shard_size=size)
        model.float()
        return {f.name: base64.b64encode(f.read_bytes()).decode() for f in sorted(Path(folder).iterdir())}


def measure_model(model):
    def logits_of(ids, m):
        positions = (m.cumsum(1) - 1).clamp(min=0)
        return model(input_ids=ids, attention_mask=m, position_ids=positions).logits

    return measure(logits_of, model.named_parameters())


def write(path, fixture):
    about = {
        "source": "transformers",
        "versions": {"torch": torch.__version__, "transformers": transformers.__version__},
        "command": "python tools/goldens/language-model-architectures.py",
    }
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps({**about, **fixture}) + "\n")
    print(path.name, path.stat().st_size)


for seed, (name, (config, dtype, size)) in enumerate(models.items()):
    torch.manual_seed(seed)
    model = make(transformers.AutoModelForCausalLM, config, dtype)
    outputs, gradients = measure_model(model)
    files = folder_of(model, dtype, size)
    inputs = {"prompts": prompts, "responses": responses, "weights": weights.tolist()}
    path = root / f"packages/language-model/src/formats/__fixtures__/architecture-{name}.json"
    write(path, {"inputs": inputs, "files": files, "outputs": outputs, "gradients": gradients})

texts = [[5, 1, 7, 3], [2, 9, 4, 11, 3, 8, 6], [8], [1, 10, 12]]
longest = max(map(len, texts))
padded = torch.tensor([text + [0] * (longest - len(text)) for text in texts])
cases = {}
for seed, (name, (config, dtype)) in enumerate(classifiers.items()):
    torch.manual_seed(100 + seed)
    model = make(transformers.AutoModelForSequenceClassification, config, dtype)
    with torch.no_grad():
        logits = model(input_ids=padded, attention_mask=(padded != 0).long()).logits
    cases[name] = {
        "files": folder_of(model, dtype),
        "labels": [config.id2label[i] for i in range(config.num_labels)],
        "logits": [rounded(row) for row in logits],
    }
write(root / "tests/__fixtures__/sequence-classifiers.json", {"inputs": {"texts": texts}, "outputs": cases})
