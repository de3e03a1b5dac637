#!/usr/bin/python3
"""`dpdm denoise` against PyTorch in float64: the network of docs/network.md under the published coefficients, loaded from
the model file by hand. Catches a model file or a page that does not describe what the program computes."""
import os
import sys
import tempfile

import numpy as np
import torch

sys.path.insert(0, os.path.join(os.environ["DPDM_SOURCE"], "tests", "nn"))
import torch_unet  # noqa: E402

from support import TINY, dpdm, make_model, network, read_safetensors, write_safetensors  # noqa: E402

LIMIT = 1e-4
CASES = {
    "28x28, published": (network(28, 28, 1, 10, 32, [1, 2, 2], 2, [7], 1), ["edm"]),
    "16x24x3, patch": (network(16, 24, 3, 5, 16, [1, 2], 1, [4], 2), ["edm", "v"]),
    "tiny": (TINY, ["edm", "v", "vp", "ve"]),
}


def coefficients(kind, s):
    """c_skip, c_out, c_in, c_noise as printed in the papers."""
    if kind == "edm":
        d = np.sqrt(1 / 3)
        return d**2 / (s**2 + d**2), s * d / np.sqrt(s**2 + d**2), 1 / np.sqrt(s**2 + d**2), np.log(s) / 4
    if kind == "v":
        return 1 / (s**2 + 1), s / np.sqrt(1 + s**2), 1 / np.sqrt(1 + s**2), np.arccos(1 / np.sqrt(1 + s**2)) * 2 / np.pi
    if kind == "vp":
        ratio = 0.1 / 19.9
        time = -ratio + np.sqrt(ratio**2 + 2 * np.log(1 + s**2) / 19.9)
        return np.ones_like(s), -s, 1 / np.sqrt(s**2 + 1), 999 * time
    return np.ones_like(s), s, np.ones_like(s), np.log(s / 2)


def reference(net, kind, tensors, x, sigma, labels):
    parameters = {name: torch.from_numpy(value.astype(np.float64)) for name, value in tensors.items()}
    unet = torch_unet.UNet(parameters, net["width_base"], net["multipliers"], net["blocks"], net["attention"],
                           net["patch"])
    skip, out, scale, noise = (torch.from_numpy(c) for c in coefficients(kind, sigma.astype(np.float64)))
    x = torch.from_numpy(x.astype(np.float64))
    at = (slice(None), None, None, None)
    with torch.no_grad():
        f = unet.forward(scale[at] * x, noise, torch.from_numpy(labels))
    return (skip[at] * x + out[at] * f).numpy()


def check(name, net, kind, folder, centred=False):
    model, source, target = (os.path.join(folder, n) for n in ("m.safetensors", "in.npz", "out.npz"))
    make_model(model, net, kind)
    metadata, tensors = read_safetensors(model)
    random = np.random.default_rng(5)
    centres = np.zeros((net["classes"] + 1, net["height"], net["width"], net["channels"]), np.float32)
    if centred:
        centres = random.uniform(-1, 1, centres.shape).astype(np.float32)
        write_safetensors(model, metadata, {**tensors, "prior.center": centres})
    n = 9
    sigma = np.exp(random.uniform(np.log(0.01), np.log(50), n)).astype(np.float32)
    labels = random.integers(0, net["classes"] + 1, n)
    labels[0] = net["classes"]
    shape = (n, net["channels"], net["height"], net["width"])
    x = (random.uniform(-1, 1, shape) + sigma[:, None, None, None] * random.standard_normal(shape)).astype(np.float32)
    np.savez(source, x=x, sigma=sigma, labels=labels)
    dpdm("denoise", model, "--in", source, "--out", target, "--overwrite")
    got = np.load(target)["denoised"]
    center = centres[labels].transpose(0, 3, 1, 2).astype(np.float64)
    want = center + reference(net, kind, tensors, x - center, sigma, labels)
    assert got.dtype == np.float32 and got.shape == x.shape
    # Relative to what the network adds, image by image: at small sigma x alone would pass.
    skip, out, _, _ = coefficients(kind, sigma.astype(np.float64))
    added = np.linalg.norm((want - center - skip[:, None, None, None] * (x - center)).reshape(n, -1), axis=1)
    error = (np.linalg.norm((got - want).reshape(n, -1), axis=1) / added).max()
    print(f"{name}, {kind}: worst relative error {error:.1e}")
    assert error < LIMIT
    assert np.abs(got - want).max() < LIMIT * max(1, np.abs(want).max())


torch.set_num_threads(2)
with tempfile.TemporaryDirectory() as temporary:
    for case, (config, kinds) in CASES.items():
        for denoiser in kinds:
            check(case, config, denoiser, temporary)
    check("colour, centred", CASES["16x24x3, patch"][0], "edm", temporary, centred=True)
