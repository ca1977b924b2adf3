"""Advantages step by step in float64, and whitening by PyTorch's variance.

The rows hold what a rollout can hold: steps that go on, terminate, are truncated, are padding, or are a tool's
(valid, not chosen by the policy). For tool steps the rule is that of verl's compute_gae_advantage_return: the next
value and the running advantage pass through them; unlike there, so do the rewards.

Run: python tools/goldens/math-advantages.py
"""

import json
from pathlib import Path

import torch

torch.manual_seed(2)
DISCOUNT, LAMBDA = 0.9, 0.7
B, T = 6, 9

rewards = torch.randn(B, T, dtype=torch.float64)
values = torch.randn(B, T, dtype=torch.float64)
after = torch.randn(B, T, dtype=torch.float64)  # values of successors that the next column does not show
valid, mask = torch.ones(B, T), torch.ones(B, T)
terminated, truncated = torch.zeros(B, T), torch.zeros(B, T)
# 0: goes on past the end. 1: one of each within a row.
terminated[1, 2] = 1
truncated[1, 5] = 1
# 2: a response that ends and is padded. 3: tool steps in the middle. 4: tool steps at both ends, terminated by one.
terminated[2, 4] = 1
valid[2, 5:] = 0
mask[3, 2:4] = 0
mask[3, 6] = 0
mask[4, 0] = 0
mask[4, 4:6] = 0
terminated[4, 5] = 1
valid[4, 6:] = 0
# 5: truncated by a tool step, then another episode that begins with one; padding on the left.
valid[5, 0] = 0
mask[5, 3] = 0
truncated[5, 3] = 1
mask[5, 4] = 0
mask = mask * valid
rewards[valid == 0] = 0

next_values = torch.zeros(B, T, dtype=torch.float64)
for b in range(B):
    for t in range(T):
        shown = t + 1 < T and valid[b, t + 1] == 1 and truncated[b, t] == 0
        if valid[b, t] == 1 and terminated[b, t] == 0:
            next_values[b, t] = values[b, t + 1] if shown else after[b, t]

advantages, returns, rewards_to_go = (torch.zeros(B, T, dtype=torch.float64) for _ in range(3))
for b in range(B):
    next_value = advantage = reward = to_go = 0.0
    for t in reversed(range(T)):
        if valid[b, t] == 0:
            next_value = advantage = reward = to_go = 0.0
            continue
        if t + 1 == T or valid[b, t + 1] == 0 or terminated[b, t] == 1 or truncated[b, t] == 1:
            # The trace begins here: nothing comes from the right but the successor's value.
            next_value = 0.0 if terminated[b, t] == 1 else float(next_values[b, t])
            advantage = reward = 0.0
            to_go = next_value
        if mask[b, t] == 0:
            # A tool's step: everything passes through, and its reward with it.
            reward += float(rewards[b, t])
            continue
        delta = float(rewards[b, t]) + reward + DISCOUNT * next_value - float(values[b, t])
        advantage = delta + DISCOUNT * LAMBDA * advantage
        to_go = float(rewards[b, t]) + reward + DISCOUNT * to_go
        advantages[b, t] = advantage
        returns[b, t] = advantage + float(values[b, t])
        rewards_to_go[b, t] = to_go
        next_value, reward = float(values[b, t]), 0.0

counted = advantages[mask == 1]
whitened = {}
for name, correction in [("biased", 0), ("unbiased", 1)]:
    whole = torch.zeros(B, T, dtype=torch.float64)
    whole[mask == 1] = (counted - counted.mean()) / torch.sqrt(counted.var(correction=correction) + 1e-8)
    whitened[name] = whole.tolist()

fixture = {
    "source": "the recursions of Schulman et al. 2015 (eq. 16) in float64, tool steps as verl carries them; torch.var",
    "versions": {"torch": torch.__version__},
    "command": "python tools/goldens/math-advantages.py",
    "inputs": {
        "discount": DISCOUNT,
        "gaeLambda": LAMBDA,
        "rewards": rewards.tolist(),
        "values": values.tolist(),
        "nextValues": next_values.tolist(),
        "valid": valid.tolist(),
        "mask": mask.tolist(),
        "terminated": terminated.tolist(),
        "truncated": truncated.tolist(),
    },
    "outputs": {
        "advantages": advantages.tolist(),
        "returns": returns.tolist(),
        "discountedReturns": rewards_to_go.tolist(),
        "whitened": whitened,
    },
}
path = Path(__file__).parents[2] / "packages/math/src/__fixtures__/advantages.json"
path.write_text(json.dumps(fixture) + "\n")
