"""SmolLM2-135M-Instruct from its GGUF file: logits on 20 prompts, and greedy text, by transformers.

Weights are dequantised by the gguf package; its rows of queries and keys go back from interleaved to halved.
Tokens are those of tokenizers' BPE with the file's own vocabulary and merges.

python tools/goldens/language-model-smollm2.py SmolLM2-135M-Instruct.Q4_1.gguf
needs: gguf tokenizers torch transformers
"""

import json
import sys
from pathlib import Path

import gguf
import numpy as np
import tokenizers
import torch
import transformers

reader = gguf.GGUFReader(sys.argv[1])
field = lambda key: reader.fields[key].contents()
config = transformers.LlamaConfig(
    vocab_size=field("llama.vocab_size"),
    hidden_size=field("llama.embedding_length"),
    intermediate_size=field("llama.feed_forward_length"),
    num_hidden_layers=field("llama.block_count"),
    num_attention_heads=field("llama.attention.head_count"),
    num_key_value_heads=field("llama.attention.head_count_kv"),
    max_position_embeddings=field("llama.context_length"),
    rope_theta=field("llama.rope.freq_base"),
    rms_norm_eps=field("llama.attention.layer_norm_rms_epsilon"),
    tie_word_embeddings=True,
)


def halved(weight, heads):
    rows = weight.reshape(heads, weight.shape[0] // heads // 2, 2, weight.shape[1])
    return rows.swapaxes(1, 2).reshape(weight.shape)


names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.LLAMA, config.num_hidden_layers)
tensors = {t.name: t for t in reader.tensors}
model = transformers.LlamaForCausalLM(config).float().eval()
state = {}
for key in model.state_dict():
    if key == "lm_head.weight":
        continue
    tensor = tensors[names.get_name(key, (".weight",))]
    weight = gguf.quants.dequantize(tensor.data, tensor.tensor_type).astype(np.float32)
    if "q_proj" in key:
        weight = halved(weight, config.num_attention_heads)
    if "k_proj" in key:
        weight = halved(weight, config.num_key_value_heads)
    state[key] = torch.from_numpy(np.ascontiguousarray(weight))
missing = model.load_state_dict(state, strict=False)
assert missing.missing_keys in ([], ["lm_head.weight"]) and not missing.unexpected_keys

vocabulary = {token: i for i, token in enumerate(field("tokenizer.ggml.tokens"))}
merges = [tuple(merge.split(" ")) for merge in field("tokenizer.ggml.merges")]
tokenizer = tokenizers.Tokenizer(tokenizers.models.BPE(vocabulary, merges))
tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Sequence(
    [
        tokenizers.pre_tokenizers.Digits(individual_digits=True),
        tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False),
    ]
)
tokenizer.add_special_tokens(["<|im_start|>", "<|im_end|>"])

system = "You are a helpful AI assistant named SmolLM, trained by Hugging Face"
questions = [
    "What is the capital of France?",
    "Write a short poem about the sea.",
    "Explain in one sentence why the sky is blue.",
    "How many legs does a spider have?",
    "Give me three tips for sleeping better.",
    "Translate to French: the cat sleeps.",
]
texts = [
    "Once upon a time",
    "The meaning of life is",
    "def fibonacci(n):\n    ",
    "1 + 1 = 2\n2 + 2 = 4\n3 + 3 =",
    "In 1969, humans first",
    "Dear Sir or Madam,\n\n",
    "The quick brown fox jumps over the lazy dog. " * 6,
    "Wasser kocht bei",
    "北京是",
    "😀 😃 😄",
    "   leading spaces\tand\ttabs",
    "SELECT name FROM users WHERE",
    "To be, or not to be,",
    "<html><body><p>",
]
prompts = [
    f"<|im_start|>system\n{system}<|im_end|>\n<|im_start|>user\n{q}<|im_end|>\n<|im_start|>assistant\n" for q in questions
] + texts
encoded = [tokenizer.encode(prompt).ids for prompt in prompts]
random = np.random.default_rng(0)
rounded = lambda values: [float(f"{v:.6g}") for v in values]

rows = []
for tokens in encoded:
    with torch.no_grad():
        logits = model(torch.tensor([tokens])).logits[0].double()
    # All logits of a position are in its log-sum-exp; the largest, and some others, stand for themselves.
    top = logits[-1].topk(8).indices.tolist()
    ids = top + random.choice(config.vocab_size, 16, replace=False).tolist()
    # Not all positions: the fixture stays small.
    positions = sorted({0, len(tokens) // 2, len(tokens) - 1})
    rows.append(
        {
            "tokens": tokens,
            "ids": ids,
            "positions": positions,
            "logits": [rounded(logits[p, ids].tolist()) for p in positions],
            "logSumExp": rounded(logits.logsumexp(-1).tolist()),
        }
    )

greedy = []
for index in [0, 1, 6]:
    text = list(encoded[index])
    margin = float("inf")
    for _ in range(64):
        with torch.no_grad():
            top = model(torch.tensor([text])).logits[0, -1].topk(2)
        margin = min(margin, float(top.values[0] - top.values[1]))
        text.append(int(top.indices[0]))
    # The smallest lead of a chosen token: below the difference of two engines the text would be chance.
    greedy.append({"prompt": index, "tokens": text[len(encoded[index]) :], "smallestLead": margin})
    print(repr(tokenizer.decode(greedy[-1]["tokens"])), margin)

fixture = {
    "source": "transformers' LlamaForCausalLM in float32 with the weights that the gguf package dequantises.",
    "versions": {"gguf": "0.19.0", "torch": torch.__version__, "transformers": transformers.__version__},
    "command": "python tools/goldens/language-model-smollm2.py SmolLM2-135M-Instruct.Q4_1.gguf",
    "inputs": {"texts": prompts},
    "outputs": {"prompts": rows, "greedy": greedy},
}
path = Path(__file__).parents[2] / "packages/language-model/src/formats/__fixtures__/smollm2.json"
path.write_text(json.dumps(fixture, ensure_ascii=False) + "\n")
