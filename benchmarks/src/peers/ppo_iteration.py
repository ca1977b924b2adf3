"""One PPO iteration with PyTorch and transformers, written in two styles: plain and tuned."""

import torch
from ppo_plain import PlainPpo
from ppo_tuned import TunedPpo
from protocol import device, rates, serve, timed, versions

styles = {"plain": PlainPpo, "tuned": TunedPpo}


class Peer:
    def load(self, request):
        torch.manual_seed(request["seed"])
        self.options = request["options"]
        self.sides = {style: styles[style](request["folder"], self.options) for style in request["styles"]}
        return versions()

    def check(self, request):
        """One update on a given batch, and what it was computed from."""
        side = self.sides[request["style"]]
        ids = torch.tensor(request["tokenIds"], device=device)
        scored = side.score(ids, request["promptLength"], None)
        log_probs = scored["logProbs"].tolist()
        scored["logProbs"] = torch.tensor(request["behaviourLogProbs"], device=device)
        losses = side.train(ids, request["promptLength"], scored)
        return {"losses": losses, "scores": scored["scores"].tolist(), "logProbs": log_probs}

    def iterate(self, request):
        side = self.sides[request["style"]]
        prompts = torch.tensor(request["prompts"], device=device)
        prompt_length = prompts.shape[1]

        def generate(_):
            ids, recorded = side.generate(prompts)
            assert ids.shape[1] - prompt_length == self.options["newTokens"]
            return ids, recorded

        return timed(
            generation=generate,
            scoring=lambda made: (made[0], side.score(made[0], prompt_length, made[1])),
            training=lambda made: side.train(made[0], prompt_length, made[1]),
        )


if __name__ == "__main__":
    peer = Peer()
    serve({"load": peer.load, "rates": rates, "check": peer.check, "iterate": peer.iterate})
