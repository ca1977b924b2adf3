"""One PPO iteration as most people write it with PyTorch and transformers.

Samples with generate(), recomputes the log-probabilities of policy and reference over the whole sequence, scores with
a value and a reward model of the same shape, and takes a few epochs of clipped PPO with Adam.
"""

import torch
from ppo_math import Scorer, ppo_losses, prepare
from protocol import language_model
from torch.nn import functional


class PlainPpo:
    def __init__(self, folder, options):
        self.options = options
        self.policy, self.values = language_model(f"{folder}/policy"), Scorer(f"{folder}/values")
        self.reference = language_model(f"{folder}/policy").requires_grad_(False)
        self.reward = Scorer(f"{folder}/reward").requires_grad_(False)
        self.optimizer = torch.optim.Adam(
            [*self.policy.parameters(), *self.values.parameters()],
            lr=options["learningRate"],
            eps=options["epsilon"],
        )

    @torch.no_grad()
    def generate(self, prompts):
        """Ids of prompts and responses. The log-probabilities of sampling are not kept."""
        ids = self.policy.generate(
            prompts,
            attention_mask=torch.ones_like(prompts),
            do_sample=True,
            top_k=0,
            top_p=1.0,
            temperature=1.0,
            max_new_tokens=self.options["newTokens"],
            use_cache=True,
        )
        return ids, None

    def log_probs(self, model, ids, prompt_length):
        logits = model(input_ids=ids, use_cache=False).logits[:, prompt_length - 1 : -1]
        return torch.gather(functional.log_softmax(logits, dim=-1), 2, ids[:, prompt_length:, None]).squeeze(-1)

    def value_estimates(self, ids, prompt_length):
        return self.values(ids)[:, prompt_length - 1 : -1]

    @torch.no_grad()
    def score(self, ids, prompt_length, recorded):
        return {
            "logProbs": self.log_probs(self.policy, ids, prompt_length),
            "reference": self.log_probs(self.reference, ids, prompt_length),
            "values": self.value_estimates(ids, prompt_length),
            "scores": self.reward(ids)[:, -1],
        }

    def train(self, ids, prompt_length, scored):
        with torch.no_grad():
            old = prepare(scored, self.options)
        losses = []
        for _ in range(self.options["epochs"]):
            log_probs = self.log_probs(self.policy, ids, prompt_length)
            values = self.value_estimates(ids, prompt_length)
            policy_loss, value_loss = ppo_losses(log_probs, values, old, self.options)
            loss = policy_loss + self.options["valueCoefficient"] * value_loss
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            losses.append({"loss": loss.item(), "policyLoss": policy_loss.item(), "valueLoss": value_loss.item()})
        return losses
