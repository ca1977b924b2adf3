"""Expected numbers for packages/evaluation where implementations differ: white space and the edges of bins.

python tools/goldens/evaluation-edges.py
needs: numpy sacrebleu
"""

import json
from importlib.metadata import version
from pathlib import Path

import numpy as np
from sacrebleu.metrics import CHRF

# Every character that Python or JavaScript takes for white space, and three that neither does.
spaces = [chr(code) for code in range(0x10000) if chr(code).isspace()] + ["\ufeff", "\u180e", "\u200b", "\u2060"]
reference = "the cat sat on a mat"
chrf, plus = CHRF(), CHRF(word_order=2)


def texts_of(space):
    return f"{space}the{space}cat sat{space}{space}on the mat{space}"


every_bins = [3, 7, 10, 25, 49, 100]


def counts_of(bins):
    """How many of 0, all edges and their float64 neighbours lie in each bin (low, high]; the first one also holds 0."""
    edges = np.arange(bins + 1) / bins
    values = np.concatenate([edges, np.nextafter(edges[1:], 0), np.nextafter(edges[:-1], 1)])
    places = np.maximum(np.digitize(values, edges, right=True) - 1, 0)
    return np.bincount(places, minlength=bins).tolist()


fixture = {
    "source": "sacrebleu CHRF.sentence_score; numpy digitize(right=True)",
    "versions": {name: version(name) for name in ["numpy", "sacrebleu"]},
    "command": "python tools/goldens/evaluation-edges.py",
    "inputs": {"codes": [ord(space) for space in spaces], "reference": reference, "bins": every_bins},
    "outputs": {
        "chrf": [chrf.sentence_score(texts_of(space), [reference]).score for space in spaces],
        "chrfPlusPlus": [plus.sentence_score(texts_of(space), [reference]).score for space in spaces],
        "counts": [counts_of(bins) for bins in every_bins],
    },
    "gradients": {},
}
path = Path(__file__).parents[2] / "packages/evaluation/src/__fixtures__/edges.json"
path.write_text(json.dumps(fixture, indent=1, ensure_ascii=False) + "\n")
