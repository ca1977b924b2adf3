"""What both ways to write a PPO iteration share: the numbers that PPO is defined by."""

import torch
from safetensors.torch import load_file
from torch import nn

from protocol import device, language_model


class Scorer(nn.Module):
    """A language model's layers with one number per token on top."""

    def __init__(self, folder):
        super().__init__()
        self.layers = language_model(folder).model
        self.head = nn.Linear(self.layers.config.hidden_size, 1, device=device)
        self.head.load_state_dict(load_file(f"{folder}/head.safetensors"))

    def forward(self, ids):
        return self.head(self.layers(input_ids=ids, use_cache=False).last_hidden_state).squeeze(-1)


def advantages_and_returns(rewards, values, gae_lambda):
    """GAE with discount 1, whitened, and the returns; the response ends by itself at its last token."""
    trace, reversed_advantages = torch.zeros_like(values[:, 0]), []
    for t in reversed(range(values.shape[1])):
        following = values[:, t + 1] if t + 1 < values.shape[1] else 0.0
        trace = rewards[:, t] + following - values[:, t] + gae_lambda * trace
        reversed_advantages.append(trace)
    advantages = torch.stack(reversed_advantages[::-1], dim=1)
    returns = advantages + values
    centred = advantages - advantages.mean()
    return centred * torch.rsqrt(centred.square().mean() + 1e-8), returns


def ppo_losses(log_probs, values, old, options):
    clip, value_clip = options["clipEpsilon"], options["valueClipEpsilon"]
    ratio = torch.exp(log_probs - old["logProbs"])
    surrogate = torch.max(
        -old["advantages"] * ratio, -old["advantages"] * torch.clamp(ratio, 1 - clip, 1 + clip)
    )
    clipped = old["values"] + torch.clamp(values - old["values"], -value_clip, value_clip)
    value_loss = 0.5 * torch.max((values - old["returns"]).square(), (clipped - old["returns"]).square())
    return surrogate.mean(), value_loss.mean()


def prepare(scored, options):
    """What learning needs of an iteration: rewards with the KL penalty, advantages, returns."""
    rewards = -options["klCoefficient"] * (scored["logProbs"] - scored["reference"])
    rewards[:, -1] += scored["scores"]
    advantages, returns = advantages_and_returns(rewards, scored["values"], options["gaeLambda"])
    return {**scored, "advantages": advantages, "returns": returns}
