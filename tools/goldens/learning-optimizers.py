"""Six steps of PyTorch's optimizers on given gradients, and of TensorFlow's RMSProp, with epsilon inside the root.

Run: python tools/goldens/learning-optimizers.py            (torch; keeps what TensorFlow gave before)
     python tools/goldens/learning-optimizers.py tensorflow (tensorflow; fills in the rest)
"""

import json
import sys
from pathlib import Path

path = Path(__file__).parents[2] / "packages/learning/src/__fixtures__/optimizers.json"
STEPS = 6


def torch_goldens():
    import torch

    torch.manual_seed(1)
    start = {"weight": torch.randn(2, 3, dtype=torch.float64), "bias": torch.randn(3, dtype=torch.float64)}
    gradients = [{name: torch.randn_like(value) * 2 for name, value in start.items()} for _ in range(STEPS)]
    gradients[2]["bias"].zero_()

    def run(make, max_norm=None, schedule=None):
        parameters = {name: value.clone().requires_grad_() for name, value in start.items()}
        optimizer = make(list(parameters.values()))
        scheduler = None if schedule is None else torch.optim.lr_scheduler.LambdaLR(optimizer, schedule)
        history = []
        for step in gradients:
            for name, parameter in parameters.items():
                parameter.grad = step[name].clone()
            if max_norm is not None:
                torch.nn.utils.clip_grad_norm_(parameters.values(), max_norm)
            optimizer.step()
            if scheduler is not None:
                scheduler.step()
            history.append({name: parameter.tolist() for name, parameter in parameters.items()})
        return history

    optim = torch.optim
    outputs = {
        "adam": run(lambda p: optim.Adam(p, lr=0.1)),
        "adamEpsilon": run(lambda p: optim.Adam(p, lr=0.05, betas=(0.8, 0.95), eps=0.1)),
        "adamWeightDecay": run(lambda p: optim.Adam(p, lr=0.1, weight_decay=0.1)),
        "adamW": run(lambda p: optim.AdamW(p, lr=0.1, betas=(0.9, 0.95), eps=1e-5, weight_decay=0.1)),
        "adamClipped": run(lambda p: optim.Adam(p, lr=0.1, eps=0.1), max_norm=0.5),
        "adamSchedule": run(lambda p: optim.Adam(p, lr=0.1), schedule=lambda step: 1 - step / STEPS),
        "sgd": run(lambda p: optim.SGD(p, lr=0.1)),
        "sgdMomentum": run(lambda p: optim.SGD(p, lr=0.1, momentum=0.9)),
        "rmsProp": run(lambda p: optim.RMSprop(p, lr=0.1, alpha=0.9, eps=1e-3)),
    }
    plain = {name: value.tolist() for name, value in start.items()}
    inputs = {"start": plain, "gradients": [{n: v.tolist() for n, v in step.items()} for step in gradients]}
    return inputs, outputs, {"torch": torch.__version__}


def tensorflow_goldens(inputs):
    import tensorflow as tf

    variables = {name: tf.Variable(value, dtype=tf.float64) for name, value in inputs["start"].items()}
    optimizer = tf.compat.v1.train.RMSPropOptimizer(learning_rate=0.1, decay=0.9, epsilon=1e-3)
    history = []
    for step in inputs["gradients"]:
        optimizer.apply_gradients([(tf.constant(step[n], tf.float64), v) for n, v in variables.items()])
        history.append({name: variable.numpy().tolist() for name, variable in variables.items()})
    return {"rmsPropInside": history}, {"tensorflow": tf.__version__}


if sys.argv[1:] == ["tensorflow"]:
    fixture = json.loads(path.read_text())
    outputs, versions = tensorflow_goldens(fixture["inputs"])
    fixture["outputs"] |= outputs
    fixture["versions"] |= versions
else:
    old = json.loads(path.read_text()) if path.exists() else {"outputs": {}, "versions": {}}
    inputs, outputs, versions = torch_goldens()
    fixture = {
        "source": "torch.optim, torch.nn.utils.clip_grad_norm_, tf.compat.v1.train.RMSPropOptimizer",
        "versions": old["versions"] | versions,
        "command": "python tools/goldens/learning-optimizers.py; python tools/goldens/learning-optimizers.py tensorflow",
        "inputs": inputs,
        "outputs": old["outputs"] | outputs,
    }
path.write_text(json.dumps(fixture) + "\n")
