#!/usr/bin/python3
"""Output and gradient of whole networks against PyTorch in float64, for every kernel set of this CPU.

Relative error (L2) of the output and of each parameter's gradient must stay below 1e-4. The gradient of the bias of k
is zero (softmax does not see a shift); its error is taken relative to the gradient of the bias of q.
"""
import os
import subprocess
import sys
import tempfile

import numpy as np
import torch

import torch_unet as nets

LIMIT = 1e-4
PAIR_LIMIT = 0.3  # of kernel sets that multiply in bfloat16 (ReLU and pooling switch over it): what is wrong in many terms only
UNET = dict(base=32, multipliers=(1, 2, 2), blocks=2, patch=1)
CASES = {
    "unet28": (1, lambda p: nets.UNet(p, attention=(7,), **UNET)),
    "unet32": (1, lambda p: nets.UNet(p, attention=(8, 16), **UNET)),
    "small": (3, lambda p: nets.UNet(p, 8, (1, 2), 1, (4,), 1)),
    "patch": (3, lambda p: nets.UNet(p, 16, (1, 2), 1, (6,), 2)),
    "modulated": (3, lambda p: nets.UNet(p, 8, (1, 2), 1, (4,), 1)),
    "lora": (3, lambda p: nets.UNet(p, 8, (1, 2), 1, (4,), 1)),
    "adapter": (3, lambda p: nets.UNet(p, 8, (1, 2), 1, (4,), 1)),
    "logreg": (3, nets.LogReg),
    "mlp": (3, nets.Mlp),
    "cnn": (3, nets.Cnn),
    "resnet": (3, nets.ResNet),
    "frozen": (3, nets.Adapted),
    "unfrozen": (3, nets.Adapted),
}


def read_dump(path):
    data = open(path, "rb").read()
    head, values = data.split(b"\n\n", 1)
    values = np.frombuffer(values, np.float32)
    tensors, at = {}, 0
    for line in head.decode().split("\n"):
        name, *shape = line.split()
        shape = [int(d) for d in shape]
        size = int(np.prod(shape))
        tensors[name] = torch.from_numpy(values[at:at + size].astype(np.float64)).reshape(shape)
        at += size
    assert at == len(values)
    return tensors


def error(a, b, scale=None):
    return float((a - b).norm() / (b if scale is None else scale).norm())


def reference(case, dump):
    """Outputs, all in one, and gradients of PyTorch for the weights and inputs of a dump."""
    params = {k[2:]: v for k, v in dump.items() if k.startswith("p:")}
    trained = {k: v.requires_grad_() for k, v in params.items() if "g:" + k in dump}
    net = CASES[case][1](params)
    x = dump["i:x"].permute(0, 3, 1, 2)
    if isinstance(net, nets.UNet):
        y = [net.forward(x, dump["i:noise"].flatten(), dump["labels"].long())]
    elif isinstance(net, nets.Adapted):
        y = net.forward(x, dump["i:condition"].permute(0, 3, 1, 2))
    else:
        y = [net.forward(x)]
    y = torch.cat([(t.permute(0, 2, 3, 1) if t.dim() == 4 else t).flatten(1) for t in y], 1)
    return y.detach(), dict(zip(trained, torch.autograd.grad(y, list(trained.values()), outputs(dump, "dy:"))))


def outputs(dump, prefix):
    return torch.cat([v.flatten(1) for k, v in dump.items() if k.startswith(prefix)], 1)


def check(case, kernels, program, folder):
    """One case with every kernel set; all get the same weights and inputs, so PyTorch runs once."""
    want, good = None, True
    for k in kernels:
        path = os.path.join(folder, "dump")
        subprocess.run([program, case, k, str(CASES[case][0]), path], check=True)
        dump = read_dump(path)
        want = want or reference(case, dump)
        y, gradients = want
        worst, where = error(outputs(dump, "y:"), y), "output"
        for name, gradient in gradients.items():
            e = error(dump["g:" + name], gradient, gradients.get(name.replace(".k.bias", ".q.bias")))
            if not e <= worst:
                worst, where = e, name
        print(f"{case:8} {k:8} worst relative error {worst:.1e} ({where})", flush=True)
        good = good and worst < (PAIR_LIMIT if "bf16" in k else LIMIT)
    return good


def main():
    torch.set_num_threads(2)
    build = os.environ["DPDM_BUILD"]
    program = os.path.join(build, "tests", "nn", "network_dump")
    cases = sys.argv[1:] or CASES
    kernels = subprocess.run([os.path.join(build, "tests", "nn", "kernel_names")], check=True, capture_output=True,
                             text=True).stdout.split()
    with tempfile.TemporaryDirectory() as folder:
        good = [check(case, kernels, program, folder) for case in cases]
    return 0 if all(good) and kernels else 1


if __name__ == "__main__":
    sys.exit(main())
