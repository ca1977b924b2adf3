"""Log-probabilities, entropy, linear and embedding layers of PyTorch: values and gradients.

Run: python tools/goldens/math-log-probs.py
"""

import json
from pathlib import Path

import torch
import torch.nn.functional as F

torch.manual_seed(0)


def plain(tensors):
    return {name: tensor.detach().tolist() for name, tensor in tensors.items()}


# In float64, so that an error of either side shows.
logits = torch.randn(2, 3, 7, dtype=torch.float64) * 3
logits[1, 0] = torch.tensor([1e4, -1e4, 0, 5e3, -5e3, 1e4, -1e4])
logits[1, 1] = torch.tensor([-1e4, -1e4, -1e4, -1e4 + 1, -1e4, -1e4, -1e4])
logits.requires_grad_()
ids = torch.tensor([[0, 6, 3], [5, 3, 1]])
upstream = torch.randn(2, 3, dtype=torch.float64)

log_probs = F.log_softmax(logits, -1)
selected = log_probs.gather(-1, ids[..., None]).squeeze(-1)
(selected_gradient,) = torch.autograd.grad((selected * upstream).sum(), logits, retain_graph=True)
entropy = torch.distributions.Categorical(logits=logits).entropy()
(entropy_gradient,) = torch.autograd.grad((entropy * upstream).sum(), logits, retain_graph=True)

x = torch.randn(2, 3, 4, dtype=torch.float64, requires_grad=True)
weight = torch.randn(5, 4, dtype=torch.float64, requires_grad=True)
bias = torch.randn(5, dtype=torch.float64, requires_grad=True)
linear_upstream = torch.randn(2, 3, 5, dtype=torch.float64)
linear = F.linear(x, weight, bias)
linear_gradients = torch.autograd.grad((linear * linear_upstream).sum(), [x, weight, bias])

rows = torch.tensor([[1, 4, 1], [0, 1, 4]])  # 1 occurs three times, 2 and 3 never.
embedding_upstream = torch.randn(2, 3, 4, dtype=torch.float64)
embedding = F.embedding(rows, weight)
(embedding_gradient,) = torch.autograd.grad((embedding * embedding_upstream).sum(), weight)

fixture = {
    "source": "torch.nn.functional, torch.distributions.Categorical",
    "versions": {"torch": torch.__version__},
    "command": "python tools/goldens/math-log-probs.py",
    "inputs": plain(
        {
            "logits": logits,
            "ids": ids,
            "upstream": upstream,
            "x": x,
            "weight": weight,
            "bias": bias,
            "linearUpstream": linear_upstream,
            "rows": rows,
            "embeddingUpstream": embedding_upstream,
        }
    ),
    "outputs": plain(
        {
            "logSoftmax": log_probs,
            "selectedLogProbs": selected,
            "entropy": entropy,
            "linear": linear,
            "embedding": embedding,
        }
    ),
    "gradients": plain(
        {
            "selectedLogProbs": selected_gradient,
            "entropy": entropy_gradient,
            "linearX": linear_gradients[0],
            "linearWeight": linear_gradients[1],
            "linearBias": linear_gradients[2],
            "embedding": embedding_gradient,
        }
    ),
}
path = Path(__file__).parents[2] / "packages/math/src/__fixtures__/log-probs.json"
path.write_text(json.dumps(fixture) + "\n")
