"""The whole loss of ILQL with its gradients, in PyTorch with plain loops, in float64.

A bigram language model (its hidden state is the last token's embedding) with two Q heads, their slow copies and V;
trlx's loss: TD error, expectile of the smaller slow Q, conservative term, behaviour cloning weighted by advantages.

Run: python tools/goldens/q-learning-ilql.py
"""

import json
from pathlib import Path

import torch

torch.manual_seed(5)
V, D, P = 5, 3, 2
responses = [[1, 2, 3], [4, 4], [2]]
prompts = [[1, 3], [2], [3, 1]]
rewards = [[0.0, 0.5, -1.0], [0.2, 1.0], [-0.7]]
T = max(len(r) for r in responses)
double = dict(dtype=torch.float64)
start = {
    "model.embedding": torch.randn(V, D, **double),
    "model.head": torch.randn(V, D, **double),
    "heads.q1.weight": torch.randn(V, D, **double),
    "heads.q1.bias": torch.randn(V, **double),
    "heads.q2.weight": torch.randn(V, D, **double),
    "heads.q2.bias": torch.randn(V, **double),
    "heads.v.weight": torch.randn(1, D, **double),
    "heads.v.bias": torch.randn(1, **double),
}
targets = {name: torch.randn_like(value) for name, value in start.items() if name.startswith("heads.q")}


def run(expectile, discount, conservative, policy, scale, lambda_=0.0):
    p = {name: value.clone().requires_grad_() for name, value in start.items()}
    terms = {"tdLoss": [], "valueLoss": [], "conservativeLoss": [], "policyLoss": []}
    for prompt, response, reward in zip(prompts, responses, rewards):
        tokens = [prompt[-1], *response]
        whole = 0.0
        for t, action in reversed(list(enumerate(response))):
            state = p["model.embedding"][tokens[t]]
            value = p["heads.v.weight"][0] @ state + p["heads.v.bias"][0]
            with torch.no_grad():
                following = 0.0
                if t + 1 < len(response):
                    successor = p["model.embedding"][tokens[t + 1]]
                    following = p["heads.v.weight"][0] @ successor + p["heads.v.bias"][0]
                whole = target = reward[t] + discount * ((1 - lambda_) * following + lambda_ * whole)
                slow = min(
                    targets[f"heads.{q}.weight"][action] @ state + targets[f"heads.{q}.bias"][action] for q in ("q1", "q2")
                )
            qs = [p[f"heads.{q}.weight"] @ state + p[f"heads.{q}.bias"] for q in ("q1", "q2")]
            terms["tdLoss"].append(sum((q[action] - target) ** 2 for q in qs))
            residual = slow - value
            terms["valueLoss"].append((expectile if residual.item() >= 0 else 1 - expectile) * residual**2)
            terms["conservativeLoss"].append(sum(-torch.log_softmax(q, -1)[action] for q in qs))
            log_prob = torch.log_softmax(p["model.head"] @ state, -1)[action]
            terms["policyLoss"].append(-log_prob * torch.exp(scale * (slow - value.detach())))
    means = {name: sum(values) / len(values) for name, values in terms.items()}
    loss = means["tdLoss"] + means["valueLoss"] + conservative * means["conservativeLoss"] + policy * means["policyLoss"]
    loss.backward()
    return {
        "options": {
            "expectile": expectile,
            "discount": discount,
            "gaeLambda": lambda_,
            "conservativeWeight": conservative,
            "policyWeight": policy,
            "advantageScale": scale,
        },
        "loss": loss.item(),
        **{name: value.item() for name, value in means.items()},
        "gradients": {name: value.grad.tolist() for name, value in p.items()},
    }


golden = {
    "source": "PyTorch, plain loops over sequences and tokens, float64",
    "versions": {"torch": torch.__version__},
    "command": "python tools/goldens/q-learning-ilql.py",
    "inputs": {
        "prompts": prompts,
        "responses": responses,
        "rewards": rewards,
        "parameters": {name: value.tolist() for name, value in start.items()},
        "targets": {name: value.tolist() for name, value in targets.items()},
    },
    "cases": [
        run(0.7, 0.99, 0.1, 1.0, 0.0),
        run(0.9, 0.5, 0.5, 0.3, 0.8),
        run(0.6, 1.0, 0.01, 0.5, 1.5),
        run(0.7, 0.9, 0.2, 0.6, 0.4, lambda_=0.8),
        run(0.7, 1.0, 0.3, 1.0, 0.0, lambda_=1.0),
    ],
}
path = Path(__file__).parents[2] / "packages/q-learning/src/__fixtures__/ilql.json"
path.parent.mkdir(exist_ok=True)
path.write_text(json.dumps(golden, indent=1) + "\n")
