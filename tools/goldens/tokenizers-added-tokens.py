"""Added tokens of all kinds, among texts of several sections, with Hugging Face's tokenizers (Rust).

Run: python tools/goldens/tokenizers-added-tokens.py
needs: tokenizers
"""

import itertools
import json
import platform
from pathlib import Path

import tokenizers
from tokenizers import Tokenizer

BYTES = [chr(b) for b in range(256) if 32 < b < 127 or 160 < b and b != 173]
OTHERS = [chr(256 + i) for i in range(256 - len(BYTES))]
byte_vocab = {c: i for i, c in enumerate(BYTES + OTHERS)}
spaced_vocab = {c: i for i, c in enumerate(["<unk>", "▁", *"abcdefghijklmnopqrstuvwxyzHIX<>/|.\n\té🙂"])}


def added(content, i, **flags):
    return {"id": i, "content": content, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True} | flags


def tokens(first, **flags):
    """Some names that overlap, and one whose case a normalizer changes."""
    names = ["<s>", "</s>", "<x>", "<x>y", "foo", "Bar", "éé"]
    return [added(name, first + i, **flags) for i, name in enumerate(names)]


FLAGS = {
    "plain": {},
    "lstrip": {"lstrip": True},
    "rstrip": {"rstrip": True},
    "both": {"lstrip": True, "rstrip": True},
    "single word": {"single_word": True},
    "single word, stripped": {"single_word": True, "lstrip": True, "rstrip": True},
    "text": {"special": False},
    "normalized text": {"special": False, "normalized": True},
    "normalized text, stripped": {"special": False, "normalized": True, "lstrip": True, "rstrip": True},
    "normalized text, single word": {"special": False, "normalized": True, "single_word": True},
}
lower = {"type": "Lowercase"}
byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}


def metaspace(scheme, split):
    return {"type": "Metaspace", "replacement": "▁", "prepend_scheme": scheme, "split": split}


llama = {"type": "Sequence", "normalizers": [{"type": "Prepend", "prepend": "▁"}, {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}]}
PIPELINES = {
    "byte level": (byte_vocab, None, byte_level),
    "byte level, lower case": (byte_vocab, lower, byte_level),
    "metaspace always": (spaced_vocab, None, metaspace("always", True)),
    "metaspace first": (spaced_vocab, None, metaspace("first", False)),
    "metaspace first, split": (spaced_vocab, None, metaspace("first", True)),
    "metaspace never": (spaced_vocab, None, metaspace("never", True)),
    "prepended": (spaced_vocab, llama, None),
}

NAMES = ["<s>", "</s>", "<x>", "<x>y", "foo", "Bar", "éé"]
TEXTS = [
    "Hi", "", " ", " Hi there ", *NAMES,
    *[before + name + after for name in ["<s>", "foo", "éé"] for before, after in itertools.product(["", " ", "a", ". \n", "é", "_", "🙂"], ["", "  ", "b", "\n\n.", "1"])],
    "<s>Hi</s>", "<s> Hi </s> there<s>", "a <x>y <x> z", "<x><x>y", "foofoo foo-foo", "barBAR Bar", "<s>foo</s> foo", "\t<s>\t\tfoo\t", "x<s>\u3000</s>\u00a0y", "<S>FOO", "foo\u0301 foo", "éé\u0301éé", "  <s>  <s>  ", "<x", "<<s>>", "a\r\n<s>\r\nb",
]


def run(vocab, normalizer, pre_tokenizer, flags):
    model = {"type": "BPE", "vocab": vocab, "merges": [], "unk_token": "<unk>" if "<unk>" in vocab else None, "fuse_unk": False, "byte_fallback": False}
    file = {"version": "1.0", "truncation": None, "padding": None, "added_tokens": tokens(len(vocab), **flags), "normalizer": normalizer, "pre_tokenizer": pre_tokenizer, "post_processor": None, "decoder": None, "model": model}
    tokenizer = Tokenizer.from_str(json.dumps(file))
    return [tokenizer.encode(text, add_special_tokens=False).ids for text in TEXTS]


fixture = {
    "source": "Hugging Face tokenizers (Rust)",
    "versions": {"tokenizers": tokenizers.__version__, "python": platform.python_version()},
    "command": "python tools/goldens/tokenizers-added-tokens.py",
    "inputs": {
        "texts": TEXTS,
        "names": NAMES,
        "flags": FLAGS,
        "vocabs": {"byte": byte_vocab, "spaced": spaced_vocab},
        "pipelines": {name: {"vocab": "byte" if vocab is byte_vocab else "spaced", "normalizer": normalizer, "pre_tokenizer": pre} for name, (vocab, normalizer, pre) in PIPELINES.items()},
    },
    "outputs": {name: {kind: run(*parts, flags) for kind, flags in FLAGS.items()} for name, parts in PIPELINES.items()},
}
path = Path(__file__).parents[2] / "packages/tokenizers/src/__fixtures__/added-tokens.json"
path.write_text(json.dumps(fixture, ensure_ascii=True, separators=(",", ":")) + "\n")
print(path, path.stat().st_size)
