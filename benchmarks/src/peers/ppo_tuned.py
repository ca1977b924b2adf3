"""The same PPO iteration, tuned for speed within PyTorch and transformers.

Sampling records its log-probabilities, on a static cache that is allocated once, with the decoding step compiled and
tokens drawn by the exponential race (argmax p / e) instead of multinomial. Nothing is scored twice, logits are computed
for the response alone and meet their targets in one cross-entropy, layers are compiled, what needs no gradient runs in
inference mode, and Adam is the fused one. Where no C++ compiler is at hand, nothing is compiled.
"""

import os
import shutil

import torch
from ppo_math import Scorer, ppo_losses, prepare
from protocol import device, language_model
from torch.nn import functional
from transformers import StaticCache


has_compiler = any(shutil.which(name) for name in (os.environ.get("CXX", "g++"), "clang++"))


def compile_layers(model):
    """One layer is compiled, and serves for all: a sixth of the waiting for the same code."""
    if has_compiler:
        for layer in model.layers:
            layer.compile(dynamic=False)


class TunedPpo:
    def __init__(self, folder, options):
        self.options = options
        self.policy, self.values = language_model(f"{folder}/policy"), Scorer(f"{folder}/values")
        self.reference = language_model(f"{folder}/policy").requires_grad_(False)
        self.reward = Scorer(f"{folder}/reward").requires_grad_(False)
        self.optimizer = torch.optim.Adam(
            [*self.policy.parameters(), *self.values.parameters()],
            lr=options["learningRate"],
            eps=options["epsilon"],
            fused=True,
        )
        for model in (self.policy.model, self.values.layers, self.reference.model, self.reward.layers):
            compile_layers(model)
        self.cache = None
        self.decode = torch.compile(self.decode_token, dynamic=False) if has_compiler else self.decode_token

    def choose(self, hidden):
        """One token of each row and its log-probability."""
        log_probs = functional.log_softmax(self.policy.lm_head(hidden), dim=-1)
        race = torch.empty_like(log_probs).exponential_(1)
        token = torch.argmax(log_probs - race.log(), dim=-1, keepdim=True)
        return token, log_probs.gather(1, token)

    def decode_token(self, token, position):
        hidden = self.policy.model(
            input_ids=token, position_ids=position, past_key_values=self.cache, use_cache=True
        ).last_hidden_state
        return self.choose(hidden[:, -1])

    @torch.inference_mode()
    def generate(self, prompts):
        batch, prompt_length = prompts.shape
        new_tokens = self.options["newTokens"]
        if self.cache is None:
            self.cache = StaticCache(config=self.policy.config, max_cache_len=prompt_length + new_tokens)
        self.cache.reset()
        # The layers that are compiled one by one know nothing of a cache.
        with torch.compiler.set_stance("force_eager"):
            hidden = self.policy.model(
                input_ids=prompts, past_key_values=self.cache, use_cache=True
            ).last_hidden_state
        token, log_prob = self.choose(hidden[:, -1])
        tokens, log_probs = [token], [log_prob]
        for position in range(prompt_length, prompt_length + new_tokens - 1):
            token, log_prob = self.decode(token, torch.full((1, 1), position, device=device))
            tokens.append(token)
            log_probs.append(log_prob)
        return torch.cat([prompts, *tokens], dim=1), torch.cat(log_probs, dim=1)

    def log_probs(self, model, ids, prompt_length):
        # The last token's state predicts nothing that counts.
        hidden = model.model(input_ids=ids[:, :-1], use_cache=False).last_hidden_state[:, prompt_length - 1 :]
        logits = model.lm_head(hidden.flatten(0, 1))
        nll = functional.cross_entropy(logits, ids[:, prompt_length:].flatten(), reduction="none")
        return -nll.view(ids.shape[0], -1)

    def scores(self, ids, prompt_length):
        return {
            "reference": self.log_probs(self.reference, ids, prompt_length),
            "values": self.values(ids[:, :-1])[:, prompt_length - 1 :],
            "scores": self.reward(ids)[:, -1],
        }

    @torch.inference_mode()
    def score(self, ids, prompt_length, recorded):
        if recorded is None:
            recorded = self.log_probs(self.policy, ids, prompt_length)
        return {"logProbs": recorded, **self.scores(ids, prompt_length)}

    def losses(self, ids, prompt_length, old):
        log_probs = self.log_probs(self.policy, ids, prompt_length)
        values = self.values(ids[:, :-1])[:, prompt_length - 1 :]
        policy_loss, value_loss = ppo_losses(log_probs, values, old, self.options)
        return policy_loss + self.options["valueCoefficient"] * value_loss, policy_loss, value_loss

    def train(self, ids, prompt_length, scored):
        with torch.no_grad():
            # Out of inference mode, since the graph keeps them.
            ids = ids.clone()
            old = {name: tensor.clone() for name, tensor in prepare(scored, self.options).items()}
        results = []
        for _ in range(self.options["epochs"]):
            loss, policy_loss, value_loss = self.losses(ids, prompt_length, old)
            self.optimizer.zero_grad(set_to_none=True)
            loss.backward()
            self.optimizer.step()
            results.append(torch.stack([loss.detach(), policy_loss.detach(), value_loss.detach()]))
        return [
            {"loss": loss, "policyLoss": policy_loss, "valueLoss": value_loss}
            for loss, policy_loss, value_loss in torch.stack(results).tolist()
        ]
