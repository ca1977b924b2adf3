"""Sampling with transformers' generate and its KV cache."""

import torch
from protocol import device, language_model, now, rates, serve, versions


class Peer:
    def load(self, request):
        torch.manual_seed(request["seed"])
        self.model = language_model(request["folder"]).eval()
        self.new_tokens = request["newTokens"]
        return versions()

    @torch.inference_mode()
    def generate(self, prompts, **how):
        ids = self.model.generate(
            prompts,
            attention_mask=torch.ones_like(prompts),
            max_new_tokens=self.new_tokens,
            use_cache=True,
            **how,
        )
        return ids[:, prompts.shape[1] :]

    def greedy(self, request):
        prompts = torch.tensor(request["prompts"], device=device)
        return {"responses": self.generate(prompts, do_sample=False).tolist()}

    def sample(self, request):
        prompts = torch.tensor(request["prompts"], device=device)
        start = now()
        ids = self.generate(prompts, do_sample=True, top_k=0, top_p=1.0, temperature=1.0)
        seconds = now() - start
        assert ids.shape[1] == self.new_tokens
        return {"seconds": seconds}


if __name__ == "__main__":
    peer = Peer()
    serve({"rates": rates, "load": peer.load, "greedy": peer.greedy, "sample": peer.sample})
