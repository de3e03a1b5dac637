"""Differentially private diffusion models on CPUs.

    model = dpdm.fit(images, labels, epsilon=10, delta=1e-5, classes=10, records=60000, preset="fmnist-cpu", out="run")
    images, labels = model.sample(1000)
    model.statement  # what may be said about privacy

Everything is computed by libdpdm; this package only hands arrays and options over. docs/python.md has recipes."""
from ._accounting import calibrate, epsilon
from ._arrays import Images
from ._audit import audit_membership, audit_mechanism, audit_training, selfcheck, tune_sampler
from ._classifier import Classifier, Predictions, fit_classifier
from ._evaluate import evaluate, report
from ._fit import fit, plan, presets
from ._library import Error, version
from ._model import Model, load, sample, statement

__version__ = version()
__all__ = ["Classifier", "Error", "Images", "Model", "Predictions", "audit_membership", "audit_mechanism", "audit_training",
           "calibrate", "epsilon", "evaluate", "fit", "fit_classifier", "load", "plan", "presets", "report", "sample", "selfcheck",
           "statement", "tune_sampler", "version"]
