"""The networks of docs/network.md in PyTorch, written from that page: weights are looked up by their names.

All pictures are [N, C, H, W] here; parameters are a dict name -> tensor in the shapes of the release file.
"""
import math

import torch
import torch.nn.functional as F


class Layers:
    """Layers over a dict of parameters."""

    def __init__(self, parameters):
        self.p = parameters

    def conv(self, x, name, stride=1):
        weight = self.p[name + ".weight"]
        return F.conv2d(x, weight, self.p[name + ".bias"], stride=stride, padding=weight.shape[-1] // 2)

    def linear(self, x, name):
        return F.linear(x, self.p[name + ".weight"], self.p[name + ".bias"])

    def norm(self, x, name, groups):
        return F.group_norm(x, groups, self.p[name + ".weight"], self.p[name + ".bias"], eps=1e-6)


class UNet(Layers):
    def __init__(self, parameters, base, multipliers, blocks, attention, patch):
        super().__init__(parameters)
        self.base, self.multipliers, self.blocks = base, multipliers, blocks
        self.attention, self.patch = attention, patch

    def conv(self, x, name, stride=1):
        """With what is added to the layer, if anything is."""
        y = super().conv(x, name, stride)
        for added, act in ((name + ".lora", lambda t: t), (name + ".adapter", F.silu)):
            if added + ".down.weight" in self.p:
                up = self.p[added + ".up.weight"]
                y = y + F.conv2d(act(F.conv2d(x, self.p[added + ".down.weight"])), up, padding=up.shape[-1] // 2)
        return y

    def group_norm(self, x, name):
        return self.norm(x, name, min(x.shape[1] // 4, 32))

    def block(self, x, e, path, resample=None):
        h = F.silu(self.group_norm(x, path + ".norm1"))
        if resample == "up":
            h, x = (F.interpolate(t, scale_factor=2, mode="nearest") for t in (h, x))
        elif resample == "down":
            h, x = (F.avg_pool2d(t, 2) for t in (h, x))
        h = self.conv(h, path + ".conv1")
        h = h + self.linear(F.silu(e), path + ".embedding")[:, :, None, None]
        h = self.group_norm(h, path + ".norm2")
        if path + ".modulation.weight" in self.p:
            m = self.linear(F.silu(e), path + ".modulation") + self.p[path + ".class.weight"][self.labels]
            scale, shift = m[:, :, None, None].chunk(2, 1)
            h = h * (1 + scale) + shift
        h = self.conv(F.silu(h), path + ".conv2")
        if path + ".skip.weight" in self.p:
            x = self.conv(x, path + ".skip")
        return (x + h) / math.sqrt(2)

    def attend(self, x, path):
        n, c, height, width = x.shape
        h = self.group_norm(x, path + ".norm")
        q, k, v = (self.conv(h, path + "." + m).reshape(n, c, -1).transpose(1, 2) for m in "qkv")
        h = torch.softmax(q @ k.transpose(1, 2) / math.sqrt(c), dim=-1) @ v
        h = self.conv(h.transpose(1, 2).reshape(x.shape), path + ".out")
        return (x + h) / math.sqrt(2)

    def embed(self, noise, labels):
        half = self.base // 2
        frequency = 10000.0 ** (-torch.arange(half, dtype=noise.dtype) / (half - 1))
        angle = noise[:, None] * frequency
        e = torch.cat([angle.sin(), angle.cos()], 1) + self.p["embedding.class.weight"][labels]
        return self.linear(F.silu(self.linear(e, "embedding.linear1")), "embedding.linear2")

    def to_depth(self, x):
        n, c, height, width = x.shape
        p = self.patch
        x = x.reshape(n, c, height // p, p, width // p, p).permute(0, 3, 5, 1, 2, 4)
        return x.reshape(n, p * p * c, height // p, width // p)

    def to_space(self, x):
        n, c, height, width = x.shape
        p = self.patch
        x = x.reshape(n, p, p, c // (p * p), height, width).permute(0, 3, 4, 1, 5, 2)
        return x.reshape(n, c // (p * p), height * p, width * p)

    def forward(self, x, noise, labels):
        e = self.embed(noise, labels)
        self.labels = labels
        h = self.conv(self.to_depth(x), "input")
        skips = [h]
        levels = len(self.multipliers)
        for level in range(levels):
            for b in range(self.blocks):
                h = self.block(h, e, f"encoder.{level}.block.{b}")
                if h.shape[2] in self.attention:
                    h = self.attend(h, f"encoder.{level}.attention.{b}")
                skips.append(h)
            if level + 1 < levels:
                h = self.block(h, e, f"encoder.{level}.down", "down")
                skips.append(h)
        h = self.block(h, e, "middle.block.0")
        h = self.block(self.attend(h, "middle.attention"), e, "middle.block.1")
        for level in reversed(range(levels)):
            for b in range(self.blocks + 1):
                h = self.block(torch.cat([h, skips.pop()], 1), e, f"decoder.{level}.block.{b}")
            if h.shape[2] in self.attention:
                h = self.attend(h, f"decoder.{level}.attention")
            if level > 0:
                h = self.block(h, e, f"decoder.{level}.up", "up")
        h = self.conv(F.silu(self.group_norm(h, "output.norm")), "output.conv")
        return self.to_space(h)


def flatten(x):
    """[N, C, H, W] to [N, H W C]: the order of the release file."""
    return x.permute(0, 2, 3, 1).flatten(1)


class LogReg(Layers):
    def forward(self, x):
        return self.linear(flatten(x), "linear")


class Mlp(Layers):
    def forward(self, x):
        return self.linear(F.relu(self.linear(flatten(x), "linear1")), "linear2")


class Cnn(Layers):
    """Without dropout, as in evaluation."""

    def forward(self, x):
        for name in ("conv1", "conv2", "conv3"):
            x = F.max_pool2d(F.relu(self.conv(x, name)), 2)
        return self.linear(flatten(x), "linear")


class ResNet(Layers):
    def block(self, x, path, stride):
        h = self.conv(F.silu(self.norm(x, path + ".norm1", x.shape[1] // 4)), path + ".conv1", stride)
        h = self.conv(F.silu(self.norm(h, path + ".norm2", h.shape[1] // 4)), path + ".conv2")
        if path + ".skip.weight" in self.p:
            x = self.conv(x, path + ".skip", stride)
        return x + h

    def forward(self, x):
        h = self.conv(x, "input")
        for stage in range(3):
            for b in range(2):
                h = self.block(h, f"stage.{stage}.block.{b}", 2 if stage > 0 and b == 0 else 1)
        return self.linear(F.silu(self.norm(h, "output.norm", 16)).mean((2, 3)), "output.linear")


class Adapted(Layers):
    """The network of adapted.c."""

    def add(self, x, to, path, act):
        h = F.conv2d(x, self.p[path + ".down.weight"])
        weight = self.p[path + ".up.weight"]
        return to + F.conv2d(F.silu(h) if act else h, weight, padding=weight.shape[-1] // 2)

    def forward(self, x, condition):
        h = self.conv(torch.cat([x, condition], 1), "base.conv1")
        h = F.silu(self.norm(h, "base.norm", 4))
        h = self.add(h, self.conv(h, "base.conv2"), "adapter", True)
        h = self.add(h, self.conv(h, "base.conv3"), "low", False)
        return self.conv(h, "mean"), self.conv(h, "spread")
