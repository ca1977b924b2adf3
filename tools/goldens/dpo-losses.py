"""Values and gradients of losses from preferences, written in PyTorch from the papers' equations, in float64.

Run: python tools/goldens/dpo-losses.py
"""

import json
from pathlib import Path

import torch
from torch.nn.functional import logsigmoid

torch.manual_seed(11)
N = 6
lengths_w = torch.tensor([3, 7, 1, 12, 5, 2], dtype=torch.float64)
lengths_l = torch.tensor([4, 2, 9, 12, 1, 6], dtype=torch.float64)
preferred = (-lengths_w * (0.3 + torch.rand(N, dtype=torch.float64) * 2)).requires_grad_()
rejected = (-lengths_l * (0.3 + torch.rand(N, dtype=torch.float64) * 2)).requires_grad_()
reference_w = preferred.detach() + torch.randn(N, dtype=torch.float64) * 4
reference_l = rejected.detach() + torch.randn(N, dtype=torch.float64) * 4
probabilities = torch.tensor([1, 0.8, 0.5, 0, 1, 0.35], dtype=torch.float64)
margins = torch.tensor([0, 0.4, 0, 1.5, -0.3, 0], dtype=torch.float64)


def labelled(p, loss, first, second):
    """What a label of probability p expects of the loss of an ordered pair."""
    return p * loss(first, second) + (1 - p) * loss(second, first)


def gap(w, l):
    return (w[0] - w[1]) - (l[0] - l[1])


def dpo(beta, epsilon=0.0, p=probabilities, m=None):
    p = p * (1 - epsilon) + (1 - p) * epsilon
    z = beta * gap((preferred, reference_w), (rejected, reference_l)) - (0 if m is None else m)
    return -p * logsigmoid(z) - (1 - p) * logsigmoid(-z)


def ipo(beta, per_token):
    w = (preferred - reference_w) / (lengths_w if per_token else 1)
    l = (rejected - reference_l) / (lengths_l if per_token else 1)
    return labelled(probabilities, lambda a, b: (a - b - 1 / (2 * beta)) ** 2, w, l)


def simpo(beta, gamma):
    w, l = beta * preferred / lengths_w, beta * rejected / lengths_l
    return labelled(probabilities, lambda a, b: -logsigmoid(a - b - gamma), w, l)


def orpo(weight):
    def pair(a, b):
        odds = (a - torch.log1p(-torch.exp(a))) - (b - torch.log1p(-torch.exp(b)))
        return -a - weight * logsigmoid(odds)

    return labelled(probabilities, pair, preferred / lengths_w, rejected / lengths_l)


def kto(beta, z, desirable=1.0, undesirable=1.0):
    """The first N responses, `probabilities` being those of being desirable."""
    ratio = preferred - reference_w
    good = desirable * (1 - torch.sigmoid(beta * (ratio - z)))
    bad = undesirable * (1 - torch.sigmoid(beta * (z - ratio)))
    return probabilities * good + (1 - probabilities) * bad


def case(name, options, loss, **more):
    gradients = torch.autograd.grad(loss.sum(), [preferred, rejected], allow_unused=True, retain_graph=True)
    return {
        "loss": name,
        "options": options,
        **more,
        "output": loss.detach().tolist(),
        "gradients": [None if gradient is None else gradient.tolist() for gradient in gradients],
    }


fixture = {
    "source": "PyTorch, from Rafailov et al. 2023 eq. 7, Azar et al. 2023 eq. 17, Meng et al. 2024 eq. 6, "
    "Hong et al. 2024 eqs. 6 and 7, Ethayarajh et al. 2024 eq. 8",
    "versions": {"torch": torch.__version__},
    "command": "python tools/goldens/dpo-losses.py",
    "inputs": {
        "preferred": preferred.tolist(),
        "rejected": rejected.tolist(),
        "preferredLengths": lengths_w.tolist(),
        "rejectedLengths": lengths_l.tolist(),
        "preferredReference": reference_w.tolist(),
        "rejectedReference": reference_l.tolist(),
        "probabilities": probabilities.tolist(),
        "margins": margins.tolist(),
    },
    "cases": [
        case("dpoLoss", {}, dpo(0.1)),
        case("dpoLoss", {"beta": 0.5}, dpo(0.5)),
        case("dpoLoss", {"beta": 0.3, "labelSmoothing": 0.15}, dpo(0.3, 0.15)),
        case("dpoLoss", {"beta": 0.2}, dpo(0.2, m=margins), usesMargins=True),
        case("ipoLoss", {}, ipo(0.1, False)),
        case("ipoLoss", {"beta": 0.4, "isLengthNormalized": True}, ipo(0.4, True)),
        case("simPoLoss", {}, simpo(2, 1)),
        case("simPoLoss", {"beta": 2.5, "targetMargin": 0.3}, simpo(2.5, 0.3)),
        case("orpoLoss", {}, orpo(0.1)),
        case("orpoLoss", {"lambda": 0.7}, orpo(0.7)),
        case("ktoLoss", {}, kto(0.1, 0.8), klNats=0.8),
        case(
            "ktoLoss",
            {"beta": 0.3, "desirableWeight": 1.3, "undesirableWeight": 0.6},
            kto(0.3, 0, 1.3, 0.6),
            klNats=0,
        ),
    ],
}
folder = Path(__file__).parents[2] / "packages/dpo/src/__fixtures__"
(folder / "losses.json").write_text(json.dumps(fixture) + "\n")
