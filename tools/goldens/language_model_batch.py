"""Prompts and responses that several golden files of language models share, and what is measured on them."""

import torch

prompts = [[5, 1, 7], [2, 9, 4, 11, 3], [8]]
responses = [[6, 2, 10, 4], [1, 12, 12, 0], [3, 3, 9, 7]]
P, T = max(map(len, prompts)), 4
tokens = torch.tensor([[0] * (P - len(p)) + p + r for p, r in zip(prompts, responses)])
mask = torch.tensor([[0] * (P - len(p)) + [1] * (len(p) + T) for p in prompts])
weights = torch.tensor([[1.0, -0.5, 0.25, 2.0], [0.5, 1.5, -1.0, 1.0], [-1.0, 0.75, 1.0, 0.5]])


def rounded(tensor):
    return [float(f"{v:.7g}") for v in tensor.detach().double().flatten().tolist()]


def measure(logits_of, parameters):
    """logits_of(tokens, mask) -> [B, L, V]."""
    logits = logits_of(tokens, mask)
    chosen = torch.log_softmax(logits[:, P - 1 : -1].double(), -1)
    log_probs = chosen.gather(-1, tokens[:, P:, None])[..., 0]
    (log_probs * weights).sum().backward()
    greedy = []
    for prompt in prompts:
        text = list(prompt)
        for _ in range(8):
            with torch.no_grad():
                row = torch.tensor([text])
                text.append(int(logits_of(row, torch.ones_like(row))[0, -1].argmax()))
        greedy.append(text[len(prompt) :])
    outputs = {"logits": rounded(logits[:, P - 1 : -1]), "logProbs": rounded(log_probs), "greedy": greedy}
    gradients = {n: {"shape": list(p.shape), "values": rounded(p.grad)} for n, p in parameters}
    return outputs, gradients
