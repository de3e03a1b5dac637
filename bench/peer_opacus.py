"""The same training step in PyTorch, for bench/run.sh: time of one noise draw of the DPDM network, K draws an image.

  opacus    per-sample gradients by Opacus (GradSampleModule), --images images with their K draws in one batch, the K
            gradients of an image averaged, clipped and summed: how DPDM's release and its followers train
  one       one image at a time: its K draws are one batch, whose plain gradient is clipped and summed (dpdm's way)
  plain     a batch without privacy: the lower bound of PyTorch on this machine

Prints one JSON object a mode: {"mode", "ms_per_draw", "core_ms_per_draw", "peak_mb", "threads", "torch"}.
"""
import argparse
import json
import math
import resource
import time

import torch
import torch.nn.functional as F
from torch import nn


class Block(nn.Module):
    def __init__(self, inputs, outputs, width, resample=None):
        super().__init__()
        self.resample = resample
        self.norm1 = nn.GroupNorm(min(inputs // 4, 32), inputs, eps=1e-6)
        self.conv1 = nn.Conv2d(inputs, outputs, 3, padding=1)
        self.embedding = nn.Linear(width, outputs)
        self.norm2 = nn.GroupNorm(min(outputs // 4, 32), outputs, eps=1e-6)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1)
        self.skip = nn.Conv2d(inputs, outputs, 1) if inputs != outputs or resample else None

    def forward(self, x, e):
        h = F.silu(self.norm1(x))
        if self.resample == "up":
            h, x = (F.interpolate(t, scale_factor=2.0, mode="nearest") for t in (h, x))
        elif self.resample == "down":
            h, x = (F.avg_pool2d(t, 2) for t in (h, x))
        h = self.conv1(h) + self.embedding(F.silu(e))[:, :, None, None]
        h = self.conv2(F.silu(self.norm2(h)))
        return ((self.skip(x) if self.skip else x) + h) / math.sqrt(2)


class Attention(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.norm = nn.GroupNorm(min(channels // 4, 32), channels, eps=1e-6)
        self.q, self.k, self.v, self.out = (nn.Conv2d(channels, channels, 1) for _ in range(4))

    def forward(self, x):
        n, c = x.shape[:2]
        h = self.norm(x)
        q, k, v = (m(h).reshape(n, c, -1).transpose(1, 2) for m in (self.q, self.k, self.v))
        h = torch.softmax(q @ k.transpose(1, 2) / math.sqrt(c), dim=-1) @ v
        return (x + self.out(h.transpose(1, 2).reshape(x.shape))) / math.sqrt(2)


class UNet(nn.Module):
    """The network of docs/network.md for 28x28x1 with 10 classes: 1,753,345 parameters."""

    def __init__(self, base=32, multipliers=(1, 2, 2), blocks=2, classes=10):
        super().__init__()
        width, channels, skips = 4 * base, base, [base]
        self.base = base
        self.label = nn.Embedding(classes + 1, base)
        self.linear1, self.linear2 = nn.Linear(base, width), nn.Linear(width, width)
        self.input = nn.Conv2d(1, base, 3, padding=1)
        down, up = [], []
        for level, m in enumerate(multipliers):
            last = level + 1 == len(multipliers)
            for _ in range(blocks):
                down.append(nn.ModuleList([Block(channels, base * m, width)] + ([Attention(base * m)] if last else [])))
                channels = base * m
                skips.append(channels)
            if not last:
                down.append(nn.ModuleList([Block(channels, channels, width, "down")]))
                skips.append(channels)
        self.middle = nn.ModuleList([Block(channels, channels, width), Attention(channels), Block(channels, channels, width)])
        for level, m in reversed(list(enumerate(multipliers))):
            for b in range(blocks + 1):
                up.append(Block(channels + skips.pop(), base * m, width))
                channels = base * m
            if level + 1 == len(multipliers):
                up.append(Attention(channels))
            if level > 0:
                up.append(Block(channels, channels, width, "up"))
        self.down, self.up = nn.ModuleList(down), nn.ModuleList(up)
        self.norm, self.output = nn.GroupNorm(base // 4, base, eps=1e-6), nn.Conv2d(base, 1, 3, padding=1)

    def forward(self, x, noise, labels):
        half = self.base // 2
        angle = noise[:, None] * 10000.0 ** (-torch.arange(half) / (half - 1))
        e = torch.cat([angle.sin(), angle.cos()], 1) + self.label(labels)
        e = self.linear2(F.silu(self.linear1(e)))
        h = self.input(x)
        skips = [h]
        for stage in self.down:
            for m in stage:
                h = m(h, e) if isinstance(m, Block) else m(h)
            skips.append(h)
        h = self.middle[2](self.middle[1](self.middle[0](h, e)), e)
        for m in self.up:
            if isinstance(m, Attention):
                h = m(h)
            else:
                h = m(h if m.resample else torch.cat([h, skips.pop()], 1), e)
        return self.output(F.silu(self.norm(h)))


def losses(model, images, labels, draws):
    """EDM loss of each draw; the draws of an image lie side by side."""
    x = images.repeat_interleave(draws, 0)
    sigma = torch.exp(torch.randn(len(x)) * 1.2 - 1.2)[:, None, None, None]
    total = sigma**2 + 1 / 3
    noisy = x + sigma * torch.randn_like(x)
    out = model(noisy / total.sqrt(), sigma.flatten().log() / 4, labels.repeat_interleave(draws))
    denoised = noisy / (3 * total) + out * sigma / (3 * total).sqrt()
    return ((denoised - x) ** 2).mean((1, 2, 3)) * total.flatten() * 3 / sigma.flatten() ** 2


def clipped(gradients):
    """gradients: one image's, a list. Scaled to a norm of at most 1."""
    norm = torch.sqrt(sum((g.detach() ** 2).sum() for g in gradients))
    return [g * (1 / norm).clamp(max=1) for g in gradients]


def step_opacus(model, images, labels, draws):
    losses(model, images, labels, draws).sum().backward()
    total = None
    per_image = [p.grad_sample.reshape(len(images), draws, *p.shape).mean(1) for p in model.parameters()]
    for i in range(len(images)):
        g = clipped([t[i] for t in per_image])
        total = g if total is None else [a + b for a, b in zip(total, g)]
    for p in model.parameters():
        p.grad_sample = p.grad = None
    return total


def step_one(model, images, labels, draws):
    total = None
    for i in range(len(images)):
        model.zero_grad()
        losses(model, images[i : i + 1], labels[i : i + 1], draws).mean().backward()
        g = clipped([p.grad for p in model.parameters()])
        total = g if total is None else [a + b for a, b in zip(total, g)]
    return total


def step_plain(model, images, labels, draws):
    model.zero_grad()
    losses(model, images, labels, draws).mean().backward()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("mode", choices=["opacus", "one", "plain"])
    parser.add_argument("--images", type=int, default=8)
    parser.add_argument("--draws", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--channels-last", action="store_true")
    args = parser.parse_args()
    torch.manual_seed(0)
    torch.set_num_threads(args.threads)
    model = UNet()
    assert sum(p.numel() for p in model.parameters()) == 1753345
    if args.channels_last:
        model = model.to(memory_format=torch.channels_last)
    if args.mode == "opacus":
        from opacus import GradSampleModule

        model = GradSampleModule(model)
    images = torch.rand(args.images, 1, 28, 28) * 2 - 1
    labels = torch.arange(args.images) % 10
    run = {"opacus": step_opacus, "one": step_one, "plain": step_plain}[args.mode]
    run(model, images, labels, args.draws)
    best = busy = math.inf
    for _ in range(args.rounds):
        start, cpu = time.perf_counter(), time.process_time()
        run(model, images, labels, args.draws)
        best, busy = min(best, time.perf_counter() - start), min(busy, time.process_time() - cpu)
    print(json.dumps({
        "mode": args.mode,
        "ms_per_draw": round(best * 1e3 / (args.images * args.draws), 3),
        "core_ms_per_draw": round(busy * 1e3 / (args.images * args.draws), 3),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "threads": args.threads,
        "torch": torch.__version__,
    }))


if __name__ == "__main__":
    main()
