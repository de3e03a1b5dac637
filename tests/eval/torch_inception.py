"""Inception-v3 up to its last pooling, in PyTorch: the variant that FIDs are computed with. Written from the published
architecture (Szegedy et al. 2016, table 1 and figures 5 to 7), independently of src/nn/inception.c; names as in
torchvision, so that its state dict is what tools/convert-inception.py reads.
"""
import torch
from torch import nn
from torch.nn import functional as F


class Conv(nn.Module):
    def __init__(self, inputs, outputs, kernel, stride=1, padding=0):
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, padding, bias=False)
        self.bn = nn.BatchNorm2d(outputs, eps=0.001)

    def forward(self, x):
        return F.relu(self.bn(self.conv(x)))


def average(x):
    return F.avg_pool2d(x, 3, 1, 1, count_include_pad=False)


def largest(x):
    return F.max_pool2d(x, 3, 1, 1)


def chain(*layers):
    def run(x):
        for layer in layers:
            x = layer(x)
        return x
    return run


class A(nn.Module):
    def __init__(self, n, pool):
        super().__init__()
        self.branch1x1 = Conv(n, 64, 1)
        self.branch5x5_1, self.branch5x5_2 = Conv(n, 48, 1), Conv(48, 64, 5, padding=2)
        self.branch3x3dbl_1, self.branch3x3dbl_2 = Conv(n, 64, 1), Conv(64, 96, 3, padding=1)
        self.branch3x3dbl_3 = Conv(96, 96, 3, padding=1)
        self.branch_pool = Conv(n, pool, 1)

    def forward(self, x):
        double = chain(self.branch3x3dbl_1, self.branch3x3dbl_2, self.branch3x3dbl_3)
        return torch.cat([self.branch1x1(x), self.branch5x5_2(self.branch5x5_1(x)), double(x),
                          self.branch_pool(average(x))], 1)


class B(nn.Module):
    def __init__(self, n):
        super().__init__()
        self.branch3x3 = Conv(n, 384, 3, 2)
        self.branch3x3dbl_1, self.branch3x3dbl_2 = Conv(n, 64, 1), Conv(64, 96, 3, padding=1)
        self.branch3x3dbl_3 = Conv(96, 96, 3, 2)

    def forward(self, x):
        double = chain(self.branch3x3dbl_1, self.branch3x3dbl_2, self.branch3x3dbl_3)
        return torch.cat([self.branch3x3(x), double(x), F.max_pool2d(x, 3, 2)], 1)


class C(nn.Module):
    def __init__(self, m):
        super().__init__()
        across, down = dict(kernel=(1, 7), padding=(0, 3)), dict(kernel=(7, 1), padding=(3, 0))
        self.branch1x1 = Conv(768, 192, 1)
        self.branch7x7_1, self.branch7x7_2, self.branch7x7_3 = Conv(768, m, 1), Conv(m, m, **across), Conv(m, 192, **down)
        self.branch7x7dbl_1, self.branch7x7dbl_2 = Conv(768, m, 1), Conv(m, m, **down)
        self.branch7x7dbl_3, self.branch7x7dbl_4 = Conv(m, m, **across), Conv(m, m, **down)
        self.branch7x7dbl_5 = Conv(m, 192, **across)
        self.branch_pool = Conv(768, 192, 1)

    def forward(self, x):
        seven = chain(self.branch7x7_1, self.branch7x7_2, self.branch7x7_3)
        double = chain(self.branch7x7dbl_1, self.branch7x7dbl_2, self.branch7x7dbl_3, self.branch7x7dbl_4,
                       self.branch7x7dbl_5)
        return torch.cat([self.branch1x1(x), seven(x), double(x), self.branch_pool(average(x))], 1)


class D(nn.Module):
    def __init__(self):
        super().__init__()
        self.branch3x3_1, self.branch3x3_2 = Conv(768, 192, 1), Conv(192, 320, 3, 2)
        self.branch7x7x3_1, self.branch7x7x3_2 = Conv(768, 192, 1), Conv(192, 192, (1, 7), padding=(0, 3))
        self.branch7x7x3_3, self.branch7x7x3_4 = Conv(192, 192, (7, 1), padding=(3, 0)), Conv(192, 192, 3, 2)

    def forward(self, x):
        seven = chain(self.branch7x7x3_1, self.branch7x7x3_2, self.branch7x7x3_3, self.branch7x7x3_4)
        return torch.cat([self.branch3x3_2(self.branch3x3_1(x)), seven(x), F.max_pool2d(x, 3, 2)], 1)


class E(nn.Module):
    def __init__(self, n, pool):
        super().__init__()
        self.pool = pool
        across, down = dict(kernel=(1, 3), padding=(0, 1)), dict(kernel=(3, 1), padding=(1, 0))
        self.branch1x1 = Conv(n, 320, 1)
        self.branch3x3_1 = Conv(n, 384, 1)
        self.branch3x3_2a, self.branch3x3_2b = Conv(384, 384, **across), Conv(384, 384, **down)
        self.branch3x3dbl_1, self.branch3x3dbl_2 = Conv(n, 448, 1), Conv(448, 384, 3, padding=1)
        self.branch3x3dbl_3a, self.branch3x3dbl_3b = Conv(384, 384, **across), Conv(384, 384, **down)
        self.branch_pool = Conv(n, 192, 1)

    def forward(self, x):
        three, double = self.branch3x3_1(x), self.branch3x3dbl_2(self.branch3x3dbl_1(x))
        return torch.cat([self.branch1x1(x), self.branch3x3_2a(three), self.branch3x3_2b(three),
                          self.branch3x3dbl_3a(double), self.branch3x3dbl_3b(double), self.branch_pool(self.pool(x))], 1)


class Inception(nn.Module):
    def __init__(self):
        super().__init__()
        self.Conv2d_1a_3x3, self.Conv2d_2a_3x3 = Conv(3, 32, 3, 2), Conv(32, 32, 3)
        self.Conv2d_2b_3x3 = Conv(32, 64, 3, padding=1)
        self.Conv2d_3b_1x1, self.Conv2d_4a_3x3 = Conv(64, 80, 1), Conv(80, 192, 3)
        self.Mixed_5b, self.Mixed_5c, self.Mixed_5d = A(192, 32), A(256, 64), A(288, 64)
        self.Mixed_6a = B(288)
        self.Mixed_6b, self.Mixed_6c, self.Mixed_6d, self.Mixed_6e = C(128), C(160), C(160), C(192)
        self.Mixed_7a, self.Mixed_7b, self.Mixed_7c = D(), E(1280, average), E(2048, largest)

    def forward(self, x):
        """x: [N, 3, 299, 299], about [-1, 1]; [N, 2048]."""
        x = self.Conv2d_2b_3x3(self.Conv2d_2a_3x3(self.Conv2d_1a_3x3(x)))
        x = self.Conv2d_4a_3x3(self.Conv2d_3b_1x1(F.max_pool2d(x, 3, 2)))
        x = F.max_pool2d(x, 3, 2)
        for block in (self.Mixed_5b, self.Mixed_5c, self.Mixed_5d, self.Mixed_6a, self.Mixed_6b, self.Mixed_6c, self.Mixed_6d,
                      self.Mixed_6e, self.Mixed_7a, self.Mixed_7b, self.Mixed_7c):
            x = block(x)
        return x.mean((2, 3))


def resize_reference(images):
    """[N, H, W, C] of 0..255 to [N, 3, 299, 299] as TensorFlow 1 does: pixel i reads at i * size / 299."""
    x = images.double()
    for axis in (1, 2):
        size = x.shape[axis]
        at = torch.arange(299, dtype=torch.float64) * size / 299
        low = at.floor().long()
        high, share = (low + 1).clamp(max=size - 1), at - low
        shape = [1] * 4
        shape[axis] = 299
        x = x.index_select(axis, low) * (1 - share).view(shape) + x.index_select(axis, high) * share.view(shape)
    return spread((x - 128) / 128)


def resize_centred(images):
    """The same as other PyTorch ports do."""
    x = F.interpolate(images.double().permute(0, 3, 1, 2), size=(299, 299), mode="bilinear", align_corners=False)
    return spread((x / 127.5 - 1).permute(0, 2, 3, 1))


def spread(x):
    return x.permute(0, 3, 1, 2).expand(-1, 3, -1, -1)


def randomise(net, seed):
    """Weights that keep the size of activations, batch norms that do something."""
    generator = torch.Generator().manual_seed(seed)
    for module in net.modules():
        if isinstance(module, nn.Conv2d):
            fan = module.weight[0].numel()
            module.weight.data.normal_(0, (2 / fan) ** 0.5, generator=generator)
        elif isinstance(module, nn.BatchNorm2d):
            module.weight.data.uniform_(0.7, 1.3, generator=generator)
            module.bias.data.normal_(0, 0.1, generator=generator)
            module.running_mean.normal_(0, 0.2, generator=generator)
            module.running_var.uniform_(0.5, 1.5, generator=generator)
    return net.eval()
