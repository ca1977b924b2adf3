"""Small vocabularies through every pipeline that is read, with Hugging Face's tokenizers (Rust) and sentencepiece.

Run: python tools/goldens/tokenizers-small-vocabularies.py
needs: tokenizers sentencepiece
"""

import io
import json
import platform
from pathlib import Path

import sentencepiece
import tokenizers
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from varied_texts import ATOMS, RANGES, hash_ids, varied_texts

SEED, COUNT, EXPLICIT = 7, 1000, 12
corpus = ATOMS + varied_texts(1, 400)
texts = varied_texts(SEED, COUNT)


def train_byte_level():
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    tokenizer.train_from_iterator(corpus, trainers.BpeTrainer(vocab_size=600, initial_alphabet=alphabet, show_progress=False))
    return json.loads(tokenizer.to_str())["model"]


def train_spaced():
    """As Llama 2's file: "▁" for spaces, bytes for what is unknown."""
    specials = ["<unk>", "<s>", "</s>"] + [f"<0x{byte:02X}>" for byte in range(256)]
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    tokenizer.normalizer = normalizers.Replace(" ", "▁")
    tokenizer.train_from_iterator(
        corpus, trainers.BpeTrainer(vocab_size=640, limit_alphabet=120, special_tokens=specials, show_progress=False)
    )
    return json.loads(tokenizer.to_str())["model"]


def added(token, i, special):
    flags = {"single_word": False, "lstrip": False, "rstrip": False}
    return {"id": i, "content": token, **flags, "normalized": not special, "special": special}


def split(regex, behavior="Isolated", invert=False):
    return {"type": "Split", "pattern": {"Regex": regex}, "behavior": behavior, "invert": invert}


def byte_level(use_regex=True, prefix=False):
    return {"type": "ByteLevel", "add_prefix_space": prefix, "trim_offsets": True, "use_regex": use_regex}


def sequence(*parts):
    return {"type": "Sequence", "pretokenizers": list(parts)}


WORDS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|%s| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"
DEEPSEEK = ["[\r\n]", "\\s?[A-Za-z\u00b5\u00c0-\u00d6\u00d8-\u00f6]+", "\\s?[!-/:-~\uff01-\uff0f]+", "\\s+$", "[\u4e00-\u9fa5\u0800-\u4e00]+"]
O200K = "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"
nfc = {"type": "NFC"}
pipelines = {
    "gpt2": (None, byte_level()),
    "gpt2 with a space in front": (None, byte_level(prefix=True)),
    "smollm": (None, sequence({"type": "Digits", "individual_digits": True}, byte_level())),
    "digits together": (None, sequence({"type": "Digits", "individual_digits": False}, byte_level())),
    "qwen2": (nfc, sequence(split(WORDS % "\\p{N}"), byte_level(False))),
    "llama3": (None, sequence(split(WORDS % "\\p{N}{1,3}"), byte_level(False))),
    "o200k": (None, sequence(split(O200K, "Removed", True), byte_level(False))),
    "deepseek": (None, sequence(*[split(p) for p in DEEPSEEK], {"type": "Digits", "individual_digits": True}, byte_level(False))),
    "decomposed": ({"type": "Sequence", "normalizers": [{"type": "NFKD"}, {"type": "Lowercase"}]}, byte_level()),
    "removed spaces": (None, sequence(split(" +", "Removed"), byte_level())),
}
replace = {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}
prepend = {"type": "Prepend", "prepend": "▁"}
spaced = {
    "llama2": ({"type": "Sequence", "normalizers": [prepend, replace]}, None),
    "gemma": (replace, {"type": "Split", "pattern": {"String": " "}, "behavior": "MergedWithPrevious", "invert": False}),
    "merged with previous": (None, {"type": "Split", "pattern": {"String": " "}, "behavior": "MergedWithPrevious", "invert": False}),
    "metaspace": (None, {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True}),
    "metaspace, first": (None, {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "first", "split": False}),
    "metaspace, never": (None, {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "never", "split": True}),
}
byte_model, spaced_model = train_byte_level(), train_spaced()
byte_added = [added("<|im_start|>", 600, True), added("<|im_end|>", 601, True), added("<think>", 602, False), added("</think>", 603, False)]
spaced_added = [added(token, i, True) for i, token in enumerate(["<unk>", "<s>", "</s>"])]


def run(model, added_tokens, normalizer, pre_tokenizer, decoder):
    file = {"version": "1.0", "truncation": None, "padding": None, "added_tokens": added_tokens}
    file |= {"normalizer": normalizer, "pre_tokenizer": pre_tokenizer, "post_processor": None, "decoder": decoder, "model": model}
    tokenizer = Tokenizer.from_str(json.dumps(file))
    tokenizer.encode_special_tokens = True
    ids = [tokenizer.encode(text, add_special_tokens=False).ids for text in texts]
    return {
        "normalizer": normalizer,
        "pre_tokenizer": pre_tokenizer,
        "hash": hash_ids(ids),
        "ids": ids[:EXPLICIT],
        "decoded": [tokenizer.decode(row, skip_special_tokens=True) for row in ids[:EXPLICIT]],
    }


byte_decoder = byte_level()
spaced_decoder = {"type": "Sequence", "decoders": [{"type": "Replace", "pattern": {"String": "▁"}, "content": " "}, {"type": "ByteFallback"}, {"type": "Fuse"}]}

buffer = io.BytesIO()
sentencepiece.SentencePieceTrainer.train(
    sentence_iterator=iter(t.replace("\n", " ") for t in ATOMS * 4),
    model_writer=buffer,
    model_type="bpe",
    vocab_size=900,
    byte_fallback=True,
    character_coverage=0.98,
    normalization_rule_name="identity",
    remove_extra_whitespaces=False,
    user_defined_symbols=["<think>", "    "],
    minloglevel=2,
    hard_vocab_limit=False,
)
processor = sentencepiece.SentencePieceProcessor(model_proto=buffer.getvalue())
USER_DEFINED = ["<think>", "\u2581" * 4]


def kind(i):
    """As GGUF numbers them."""
    if processor.is_unknown(i):
        return 2
    if processor.is_control(i):
        return 3
    if processor.is_byte(i):
        return 6
    return 4 if processor.id_to_piece(i) in USER_DEFINED else 1


pieces = [[processor.id_to_piece(i), processor.get_score(i), kind(i)] for i in range(processor.get_piece_size())]
scored = [processor.encode(text) for text in texts]

fixture = {
    "source": "Hugging Face tokenizers (Rust), sentencepiece",
    "versions": {"tokenizers": tokenizers.__version__, "sentencepiece": sentencepiece.__version__, "python": platform.python_version()},
    "command": "python tools/goldens/tokenizers-small-vocabularies.py",
    "inputs": {
        "seed": SEED,
        "count": COUNT,
        "atoms": ATOMS,
        "ranges": RANGES,
        "byteLevel": {"model": byte_model, "added_tokens": byte_added, "decoder": byte_decoder},
        "spaced": {"model": spaced_model, "added_tokens": spaced_added, "decoder": spaced_decoder},
        "pieces": pieces,
    },
    "outputs": {
        "byteLevel": {name: run(byte_model, byte_added, *parts, byte_decoder) for name, parts in pipelines.items()},
        "spaced": {name: run(spaced_model, spaced_added, *parts, spaced_decoder) for name, parts in spaced.items()},
        "scored": {"hash": hash_ids(scored), "ids": scored[:EXPLICIT], "decoded": [processor.decode(row) for row in scored[:EXPLICIT]]},
    },
}
path = Path(__file__).parents[2] / "packages/tokenizers/src/__fixtures__/small-tokenizers.json"
path.write_text(json.dumps(fixture, ensure_ascii=True, separators=(",", ":")) + "\n")
print(path, path.stat().st_size)
