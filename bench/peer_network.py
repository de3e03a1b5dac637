"""What sampling and evaluation cost in PyTorch, for bench/run.sh, with all of its cores, channels last.

  evaluation   one evaluation of the DPDM network in sampling, of --images images at once
  classifier   an epoch of the evaluation's CNN (docs/evaluation.md): 9,000 images in batches of 128 with Adam, then 1,000
               that were held out

Prints one JSON object: {"mode", "ms_per_evaluation" or "seconds_per_epoch", "threads", "torch"}.
"""
import argparse
import json
import math
import time

import torch
import torch.nn.functional as F
from torch import nn

from peer_opacus import UNet


def best(run, rounds):
    run()
    least = math.inf
    for _ in range(rounds):
        start = time.perf_counter()
        run()
        least = min(least, time.perf_counter() - start)
    return least


def evaluation(images):
    model = UNet().eval().to(memory_format=torch.channels_last)
    x = torch.randn(images, 1, 28, 28).contiguous(memory_format=torch.channels_last)
    noise, labels = torch.rand(images), torch.arange(images) % 10

    def run():
        with torch.inference_mode():
            model(x, noise, labels)

    return {"ms_per_evaluation": 1e3 * best(run, 5) / images}


def classifier(count=10000, held_out=1000, batch=128):
    layers, channels = [], 1
    for width in (32, 64, 128):
        layers += [nn.Conv2d(channels, width, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
        channels = width
    model = nn.Sequential(*layers, nn.Flatten(), nn.Dropout(0.5), nn.Linear(128 * 9, 10)).to(memory_format=torch.channels_last)
    optimiser = torch.optim.Adam(model.parameters(), 3e-4)
    x = torch.rand(count, 1, 28, 28).contiguous(memory_format=torch.channels_last)
    labels = torch.arange(count) % 10

    def run():
        model.train()
        for first in range(held_out, count, batch):
            optimiser.zero_grad()
            F.cross_entropy(model(x[first : first + batch]), labels[first : first + batch]).backward()
            optimiser.step()
        model.eval()
        with torch.inference_mode():
            (model(x[:held_out]).argmax(1) == labels[:held_out]).float().mean()

    return {"seconds_per_epoch": best(run, 3)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("mode", choices=["evaluation", "classifier"])
    parser.add_argument("--images", type=int, default=64)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    args = parser.parse_args()
    torch.manual_seed(0)
    torch.set_num_threads(args.threads)
    figures = evaluation(args.images) if args.mode == "evaluation" else classifier()
    print(json.dumps({"mode": args.mode, **{k: round(v, 4) for k, v in figures.items()}, "threads": args.threads,
                      "torch": torch.__version__}))


if __name__ == "__main__":
    main()
