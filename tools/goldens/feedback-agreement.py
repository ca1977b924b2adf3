"""Expected agreement of packages/feedback, from scikit-learn, statsmodels and krippendorff.

python tools/goldens/feedback-agreement.py
needs: numpy scikit-learn statsmodels krippendorff
"""

import json
from importlib.metadata import version
from pathlib import Path

import krippendorff
import numpy as np
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.inter_rater import aggregate_raters, fleiss_kappa

rng = np.random.default_rng(5)


def noisy(items, raters, categories, noise):
    truth = rng.integers(1, categories + 1, items)
    labels = np.tile(truth[:, None], (1, raters))
    wrong = rng.uniform(size=labels.shape) < noise
    return np.where(wrong, rng.integers(1, categories + 1, labels.shape), labels)


cases = []
for items, raters, categories, noise in [(12, 3, 2, 0.2), (25, 4, 5, 0.4), (40, 2, 3, 0.9), (15, 6, 4, 0.1)]:
    labels = noisy(items, raters, categories, noise)
    holes = rng.uniform(size=labels.shape) < 0.25
    missing = np.where(holes, np.nan, labels.astype(float))
    table, _ = aggregate_raters(labels)
    pair = labels[:, 0], labels[:, 1]
    cases.append(
        {
            "labels": labels.tolist(),
            "missing": [[None if np.isnan(x) else x for x in row] for row in missing],
            "cohen": {w or "none": cohen_kappa_score(*pair, weights=w) for w in (None, "linear", "quadratic")},
            "fleiss": fleiss_kappa(table),
            "alpha": {
                level: krippendorff.alpha(reliability_data=missing.T, level_of_measurement=level)
                for level in ("nominal", "ordinal", "interval", "ratio")
            },
        }
    )

packages = ["numpy", "scikit-learn", "statsmodels", "krippendorff"]
fixture = {
    "source": "scikit-learn cohen_kappa_score; statsmodels fleiss_kappa; krippendorff alpha",
    "versions": {name: version(name) for name in packages},
    "command": "python tools/goldens/feedback-agreement.py",
    "cases": cases,
}
path = Path(__file__).parents[2] / "packages/feedback/src/__fixtures__/agreement.json"
path.parent.mkdir(exist_ok=True)
path.write_text(json.dumps(fixture) + "\n")
