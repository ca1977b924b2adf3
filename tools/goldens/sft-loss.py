"""Token losses with label smoothing (torch.nn.functional.cross_entropy), and one update of a bigram model, in float64.

Run: python tools/goldens/sft-loss.py
"""

import json
from pathlib import Path

import torch
import torch.nn.functional as F

torch.manual_seed(11)
V, D = 7, 5
logits = (torch.randn(4, V, dtype=torch.float64) * 3).requires_grad_()
targets = torch.randint(0, V, (4,))


def case(smoothing):
    loss = F.cross_entropy(logits, targets, reduction="none", label_smoothing=smoothing)
    (gradient,) = torch.autograd.grad(loss.sum(), logits)
    return {"labelSmoothing": smoothing, "output": loss.tolist(), "gradient": gradient.tolist()}


embedding0 = torch.randn(V, D, dtype=torch.float64)
head0 = torch.randn(V, D, dtype=torch.float64)
examples = [
    {"tokens": [1, 4, 2, 6, 3], "completionStart": 2},
    {"tokens": [0, 5, 5], "completionStart": 0, "weight": 0.5},
    {"tokens": [2, 2, 1, 0], "completionStart": 3, "weight": 2},
]


def update(smoothing, lr):
    embedding = embedding0.clone().requires_grad_()
    head = head0.clone().requires_grad_()
    total = weight = nll = 0.0
    for example in examples:
        tokens = torch.tensor(example["tokens"])
        start = max(1, example["completionStart"])
        out = embedding[tokens[:-1]] @ head.T
        out, wanted = out[start - 1:], tokens[start:]
        w = example.get("weight", 1)
        total = total + w * F.cross_entropy(out, wanted, reduction="sum", label_smoothing=smoothing)
        nll = nll + w * F.cross_entropy(out, wanted, reduction="sum").item()
        weight += w * len(wanted)
    loss = total / weight
    grads = torch.autograd.grad(loss, (embedding, head))
    return {
        "labelSmoothing": smoothing, "learningRate": lr, "loss": loss.item(), "nll": nll / weight,
        "gradientNorm": torch.sqrt(sum((g**2).sum() for g in grads)).item(),
        "embedding": (embedding - lr * grads[0]).tolist(), "head": (head - lr * grads[1]).tolist(),
    }


fixture = {
    "source": "torch.nn.functional.cross_entropy",
    "versions": {"torch": torch.__version__},
    "command": "python tools/goldens/sft-loss.py",
    "inputs": {"logits": logits.tolist(), "targets": targets.tolist(), "embedding": embedding0.tolist(),
               "head": head0.tolist(), "examples": examples},
    "losses": [case(0.0), case(0.1)],
    "updates": [update(0.0, 0.3), update(0.2, 0.1)],
}
path = Path(__file__).parents[2] / "packages/sft/src/__fixtures__/sft.json"
path.parent.mkdir(exist_ok=True)
path.write_text(json.dumps(fixture) + "\n")
