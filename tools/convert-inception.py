#!/usr/bin/env python3
"""Turns Inception-v3 weights from PyTorch into the file that `dpdm eval --inception` reads.

    tools/convert-inception.py pt_inception-2015-12-05-6726825d.pth inception.safetensors

The input is a state dict saved by torch.save, with the names of torchvision's Inception3 (Mixed_5b.branch1x1.conv.weight,
Mixed_5b.branch1x1.bn.running_mean, ...). For FIDs that can be compared with those of the literature it must hold the
weights of the TensorFlow graph of 2015-12-05, ported to PyTorch by the authors of pytorch-fid; torchvision's own weights
give a different scale. Classifier and auxiliary head, if present, are left out.

Each batch norm is folded into the convolution before it, in double: weight * g, bias b - mean * g, where
g = gamma / sqrt(variance + 0.001). Needs PyTorch; the output is written by hand, so no other package is needed.
"""
import json
import struct
import sys

import torch

EPSILON = 0.001  # of the network's batch norms


def fold(state, layer):
    """Weight and bias of a convolution with its batch norm folded in."""
    def get(name):
        return state[f"{layer}.{name}"].double()

    scale = get("bn.weight") / (get("bn.running_var") + EPSILON).sqrt()
    weight = get("conv.weight") * scale[:, None, None, None]
    return weight.float(), (get("bn.bias") - get("bn.running_mean") * scale).float()


def convert(state):
    suffix = ".conv.weight"
    layers = [name[:-len(suffix)] for name in state if name.endswith(suffix) and not name.startswith("AuxLogits.")]
    if len(layers) != 94:
        sys.exit(f"not Inception-v3: {len(layers)} convolutions with names like Mixed_5b.branch1x1{suffix}, where it has 94")
    tensors = {}
    for layer in layers:
        tensors[f"{layer}.weight"], tensors[f"{layer}.bias"] = fold(state, layer)
    return tensors


def write_safetensors(path, tensors):
    """8 bytes length of the header, the header as JSON, the data one after the other."""
    header, at = {}, 0
    for name, tensor in tensors.items():
        size = 4 * tensor.numel()
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [at, at + size]}
        at += size
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for tensor in tensors.values():
            file.write(tensor.contiguous().numpy().astype("<f4").tobytes())


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    write_safetensors(sys.argv[2], convert(torch.load(sys.argv[1], map_location="cpu")))


if __name__ == "__main__":
    main()
