"""Texts of many kinds from a seed; packages/testing has the same generator in TypeScript."""

# Code points that have been assigned for long: implementations carry tables of different Unicode versions.
RANGES = [
    [0x20, 0x7E], [0x20, 0x7E], [0x00, 0x1F], [0x7F, 0x9F], [0xA0, 0xFF], [0x100, 0x17F], [0x250, 0x2AF],
    [0x300, 0x36F], [0x391, 0x3A1], [0x3B1, 0x3C9], [0x400, 0x45F], [0x531, 0x556], [0x5D0, 0x5EA],
    [0x610, 0x61A], [0x620, 0x64A], [0x660, 0x669], [0x6F0, 0x6F9], [0x904, 0x939], [0x93E, 0x94D], [0x966, 0x96F],
    [0x985, 0x98C], [0xE01, 0xE3A], [0xE40, 0xE5B], [0x10D0, 0x10F0], [0x1200, 0x1246], [0x13A0, 0x13F4],
    [0x1E00, 0x1EFF], [0x1F00, 0x1F15], [0x2000, 0x2064], [0x2070, 0x2071], [0x2074, 0x208E], [0x20A0, 0x20BE],
    [0x2150, 0x2188], [0x2190, 0x21FF], [0x2200, 0x22FF], [0x2460, 0x24FF], [0x2500, 0x257F], [0x2600, 0x26FF],
    [0x3000, 0x303F], [0x3041, 0x3096], [0x30A0, 0x30FF], [0x4E00, 0x4FFF], [0x5000, 0x9FCC], [0xA000, 0xA48C],
    [0xAC00, 0xD7A3], [0xE000, 0xE0FF], [0xF900, 0xFA2D], [0xFB00, 0xFB06], [0xFB1D, 0xFB36], [0xFDD0, 0xFDEF],
    [0xFE00, 0xFE0F], [0xFEFF, 0xFEFF], [0xFF01, 0xFFBE], [0xFFFC, 0xFFFF], [0x10330, 0x1034A], [0x12000, 0x1236E],
    [0x1D400, 0x1D454], [0x1D7CE, 0x1D7FF], [0x1F1E6, 0x1F1FF], [0x1F300, 0x1F320], [0x1F3FB, 0x1F3FF],
    [0x1F400, 0x1F43E], [0x1F600, 0x1F640], [0x1F680, 0x1F6C5], [0x20000, 0x2A6D6], [0xE0020, 0xE007F],
    [0xF0000, 0xF00FF], [0x10FF00, 0x10FFFF],
]

ATOMS = [
    " ", " ", " ", "  ", "   ", "        ", " " * 40, "\n", "\n\n", "\n\n\n", "\r\n", "\r", "\t", "\t\t\t", " \n", "\n ", " \n \n ",
    "\v", "\f", "\x00", "\x1b[31m", "\x85", "\u00a0", "\u2028", "\u2029", "\u3000", "\u200b", "\u200d", "\ufeff", "\u202e",
    "the", " the", " quick", " brown", "Fox", " JUMPS", "hello", " world", "don't", "I'm", " we've", "they'LL", "it'S", "'re", "'d",
    "'\u017f", "CamelCase", "snake_case", "kebab-case", "antidisestablishmentarianism", "a" * 33, "naïve", "Straße", "İstanbul", "ǅ",
    "0", "1", "42", "007", "3.14159", "1,000,000", "1e-5", "0xFF", "12345678901234567890", "²", "½", "Ⅷ", "٣٤٥", "१२३", "①②", "𝟙𝟚",
    "e\u0301", "é", "A\u030a", "Å", "\u1100\u1161\u11a8", "각", "ﬁ", "Ω", "Ω", "q\u0307\u0323",
    "Привет", " мир", "γειά", "שלום", "مرحبا", "नमस्ते", "สวัสดี", "こんにちは", "東京", "中文", "안녕하세요", "Ελλάδα", "հայ", "ქართული", "አማርኛ",
    "🙂", "👍🏽", "👨‍👩‍👧‍👦", "🏳️‍🌈", "🇩🇪", "❤️", "🧑🏿‍🚀", "☃", "𝕏", "🫠",
    "{{ 7*7 }}", "{% for m in messages %}", "{%- raise_exception('x') -%}", "${PATH}", "../../etc/passwd", "C:\\Windows\\", "<script>alert(1)</script>",
    "<|im_start|>", "<|im_end|>", "<|endoftext|>", "<|eot_id|>", "<|begin_of_text|>", "<|im_start|>system\n", "<s>", "</s>", "<unk>", "[INST]", "<|", "|>", "<0x0A>", "▁", "Ġ", "Ċ", "<think>", "</think>",
    "def f(x):\n    return x**2\n", "for (let i = 0; i < n; i++) {\n\t", "SELECT * FROM t WHERE a='b';", "#include <stdio.h>", "https://example.org/a?b=c&d=%20#e", "a@b.co", "!!!", "...", "—", "“quoted”", "‘x’", "//", "/*", "*/", "=>", "!=", "&&", "\\n", "\"", "`", "~", "$", "^",
]


def varied_texts(seed, count):
    state = seed

    def draw(bound):
        nonlocal state
        state = (state * 1664525 + 1013904223) % 2**32
        return (state >> 8) % bound

    texts = []
    for _ in range(count):
        text = ""
        for _ in range(1 + draw(12)):
            kind = draw(8)
            if kind < 4:
                text += ATOMS[draw(len(ATOMS))]
            elif kind == 4:
                text += ATOMS[draw(len(ATOMS))] * (1 + draw(4))
            else:
                first, last = RANGES[draw(len(RANGES))]
                for _ in range(1 + draw(6)):
                    text += chr(first + draw(last - first + 1))
        texts.append(text)
    return texts


def hash_ids(lists):
    """FNV-1a over ids, each list ended by 2^32 − 1."""
    h = 0x811C9DC5
    for ids in lists:
        for i in [*ids, 0xFFFFFFFF]:
            h = ((h ^ i) * 0x01000193) % 2**32
    return h


def chunk_hashes(lists, size=100):
    return [hash_ids(lists[i : i + size]) for i in range(0, len(lists), size)]
