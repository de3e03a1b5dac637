"""The accountant of dpdm in a training by Opacus: its bound is proven, and it is the tightest that dpdm has.

    privacy_engine = PrivacyEngine()
    privacy_engine.accountant = DpdmAccountant()
    model, optimizer, loader = privacy_engine.make_private(module=model, optimizer=optimizer, data_loader=loader,
                                                           noise_multiplier=1.1, max_grad_norm=1.0)
    ...
    print(privacy_engine.get_epsilon(delta=1e-5))

Opacus samples by Poisson and adds its noise to the sum, which is what the bound is for (add or remove one record); that its
floating-point noise is Gaussian enough is Opacus's affair. Needs the Python packages dpdm and opacus (1.3 and later). Run as a
program it trains a small model and prints what each accountant of Opacus, and this one, make of it."""
import itertools
from collections import OrderedDict

from opacus.accountants import IAccountant

import dpdm


class DpdmAccountant(IAccountant):
    """Keeps what was done, as (noise multiplier, sample rate, steps), as Opacus's own accountants do."""

    def __init__(self):
        super().__init__()
        self.history = []

    def step(self, *, noise_multiplier, sample_rate):
        if self.history and self.history[-1][:2] == (noise_multiplier, sample_rate):
            self.history[-1] = (noise_multiplier, sample_rate, self.history[-1][2] + 1)
        else:
            self.history.append((noise_multiplier, sample_rate, 1))

    def get_epsilon(self, delta, **_):
        if not self.history:
            return 0.0
        spent = OrderedDict()  # steps of the same mechanism are one event, whatever came between
        for noise, rate, steps in self.history:
            spent[noise, rate] = spent.get((noise, rate), 0) + steps
        return dpdm.epsilon(delta=delta, events=[{"sampling_rate": rate, "noise_multiplier": noise, "steps": steps}
                                                 for (noise, rate), steps in spent.items()])

    def __len__(self):
        return sum(steps for _, _, steps in self.history)

    @classmethod
    def mechanism(cls):
        return "dpdm"


def train(accountant, steps, noise_multiplier=1.1, records=512, batch=64):
    """A linear model on noise, by Opacus; the engine, whose accountant counted the steps."""
    import torch
    from opacus import PrivacyEngine

    data = torch.utils.data.TensorDataset(torch.randn(records, 8), torch.arange(records) % 2)
    model = torch.nn.Linear(8, 2)
    engine = PrivacyEngine()
    engine.accountant = accountant
    model, optimizer, loader = engine.make_private(
        module=model, optimizer=torch.optim.SGD(model.parameters(), lr=0.1), data_loader=torch.utils.data.DataLoader(data, batch_size=batch),
        noise_multiplier=noise_multiplier, max_grad_norm=1.0)
    done = 0
    while done < steps:
        for inputs, targets in itertools.islice(loader, steps - done):
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(model(inputs), targets).backward()
            optimizer.step()
            done += 1
    return engine


if __name__ == "__main__":
    from opacus.accountants import PRVAccountant, RDPAccountant

    for kind in (RDPAccountant, PRVAccountant, DpdmAccountant):
        engine = train(kind(), steps=40)
        print(f"{kind.__name__}: epsilon {engine.get_epsilon(delta=1e-3):.4f} at delta 1e-3")
