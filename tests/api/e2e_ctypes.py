#!/usr/bin/python3
"""The library from a program without a compiler: ctypes and dpdm.h alone. Catches a call whose handle, text or status is not
what the header says, a training on images in memory that is not the one of a file, and a stop that cannot be resumed.
Argument: the shared library."""
import ctypes as c
import json
import os
import subprocess
import sys
import tempfile

import numpy as np

WATCH = c.CFUNCTYPE(c.c_int, c.c_void_p, c.c_char_p, c.c_char_p, c.c_uint64, c.c_uint64, c.c_char_p)


class Error(c.Structure):
    _fields_ = [("status", c.c_int), ("message", c.c_char * 1000)]


lib = c.CDLL(sys.argv[1])
lib.dpdm_status_name.restype = c.c_char_p
lib.dpdm_preset_name.restype = lib.dpdm_config_name.restype = lib.dpdm_config_help.restype = c.c_char_p
lib.dpdm_preset_name.argtypes = [c.c_size_t]
lib.dpdm_config_name.argtypes = lib.dpdm_config_help.argtypes = [c.c_void_p, c.c_size_t]
lib.dpdm_images_count.restype = lib.dpdm_model_parameters.restype = c.c_uint64
lib.dpdm_images_pixels.restype = c.POINTER(c.c_uint8)
lib.dpdm_images_labels.restype = c.POINTER(c.c_int32)
lib.dpdm_model_statement.restype = lib.dpdm_model_config.restype = c.c_char_p
RECIPE = b"""
height: 8
width: 8
channels: 1
classes: 2
records: 48
width-base: 8
multipliers: 1,2
blocks: 1
attention: 4
batch: 12
steps: 6
multiplicity: 3
noise-multiplier: 2
delta: 1e-3
accountant: rdp
no-preview: true
seed: 11
"""


class Failed(Exception):
    def __init__(self, name, message):
        super().__init__(f"{name}: {message}")
        self.name = name


def call(function, *arguments):
    error = Error()
    if function(*arguments, c.byref(error)):
        raise Failed(lib.dpdm_status_name(error.status).decode(), error.message.decode())


def handle(function, *arguments):
    made = c.c_void_p()
    call(function, *arguments, c.byref(made))
    assert made.value
    return made


def text(function, *arguments):
    made = c.c_char_p()
    call(function, *arguments, c.byref(made))
    value = made.value.decode()
    lib.dpdm_text_free(made)
    return value


def refused(name, part, function, *arguments):
    try:
        function(*arguments)
    except Failed as failed:
        assert failed.name == name and part in str(failed), failed
        return
    raise AssertionError(f"{name} expected")


def images_of(pixels, labels, classes):
    pixels, labels = np.ascontiguousarray(pixels), np.ascontiguousarray(labels, dtype=np.int64)
    count, height, width = pixels.shape
    return handle(lib.dpdm_images_create, pixels.ctypes.data_as(c.c_void_p), labels.ctypes.data_as(c.c_void_p), None,
                  c.c_uint64(count), height, width, 1, classes)


def array_of(images):
    shape = [c.c_int() for _ in range(4)]
    lib.dpdm_images_shape(images, *[c.byref(one) for one in shape])
    height, width, channels, _ = (one.value for one in shape)
    count = lib.dpdm_images_count(images)
    pixels = np.ctypeslib.as_array(lib.dpdm_images_pixels(images), (count, height, width, channels)).copy()
    return pixels, np.ctypeslib.as_array(lib.dpdm_images_labels(images), (count,)).copy()


def config_of(job, **options):
    config = handle(lib.dpdm_config_create, job.encode())
    for name, value in options.items():
        call(lib.dpdm_config_set, config, name.encode(), str(value).encode())
    return config


def recipe(**options):
    config = handle(lib.dpdm_config_create, b"train")
    call(lib.dpdm_config_parse, config, RECIPE)
    for name, value in options.items():
        call(lib.dpdm_config_set, config, name.encode(), str(value).encode())
    return config


def configs():
    config = recipe()
    assert text(lib.dpdm_config_get, config, b"noise_multiplier") == "2"
    assert text(lib.dpdm_config_get, config, b"multipliers") == "1,2"
    refused("DPDM_EUSAGE", "did you mean 'epsilon'", call, lib.dpdm_config_set, config, b"epsilom", b"1")
    refused("DPDM_EUSAGE", "", call, lib.dpdm_config_set, config, b"epsilon", b"nan")
    call(lib.dpdm_config_preset, config, b"fmnist-cpu")
    refused("DPDM_EUSAGE", "did you mean 'fmnist-cpu'", call, lib.dpdm_config_preset, config, b"fmnist-cpo")
    assert text(lib.dpdm_config_get, config, b"height") == "28"
    names = []
    while lib.dpdm_config_name(config, len(names)):
        assert lib.dpdm_config_help(config, len(names))
        names.append(lib.dpdm_config_name(config, len(names)).decode())
    assert "learning-rate" in names and len(names) == len(set(names))
    presets = []
    while lib.dpdm_preset_name(len(presets)):
        presets.append(lib.dpdm_preset_name(len(presets)).decode())
    assert "fmnist-cpu" in presets
    for job in (b"classify", b"sample", b"evaluate", b"tune-sampler", b"selfcheck", b"audit-mechanism", b"audit-training",
                b"audit-membership"):
        made = handle(lib.dpdm_config_create, job)
        assert lib.dpdm_config_name(made, 0), job
        lib.dpdm_config_destroy(made)
    # A file may set options of every table of a job: the last ones here are of the second and the third.
    several = handle(lib.dpdm_config_create, b"evaluate")
    call(lib.dpdm_config_parse, several, b"epochs: 3\nrival_delta: 1e-4\nfeatures: pixels\n")
    assert [text(lib.dpdm_config_get, several, name) for name in (b"epochs", b"rival-delta", b"features")] == ["3", "0.0001", "pixels"]
    refused("DPDM_EUSAGE", "did you mean 'features'", call, lib.dpdm_config_parse, several, b"feetures: pixels\n")
    refused("DPDM_EUSAGE", "known are", call, lib.dpdm_config_create, b"trian", c.byref(c.c_void_p()))
    lib.dpdm_config_destroy(config)


def training(pixels, labels):
    images, steps = images_of(pixels, labels, 2), []

    def stop(_context, what, unit, done, total, note):
        assert (what, unit, total) == (b"training", b"steps", 6) and b"epsilon <= " in note
        steps.append(done)
        return done >= 3

    refused("DPDM_ECANCELLED", "", text, lib.dpdm_train_start, recipe(out="run"), images, WATCH(stop), None)
    assert max(steps) == 3
    result = json.loads(text(lib.dpdm_train_start, recipe(out="run", resume="true"), images, None, None))
    np.savez("data.npz", images=pixels, labels=labels.astype(np.int64))
    with open("recipe.yaml", "wb") as file:
        file.write(RECIPE)
    subprocess.run([os.environ["DPDM"], "train", "--config", "recipe.yaml", "--data", "data.npz", "--out", "other", "--quiet"],
                   check=True, stdout=subprocess.DEVNULL)
    with open(result["model"], "rb") as one, open("other/release/model.safetensors", "rb") as two:
        assert one.read() == two.read(), "images in memory train another model than the same images in a file"
    assert result["statement"]["private"] is False  # seeded
    lib.dpdm_images_destroy(images)
    wrong = images_of(pixels[:, :6], labels, 2)
    refused("DPDM_EFORMAT", "were stated", text, lib.dpdm_train_start, recipe(out="no"), wrong, None, None)
    labels = labels.copy()
    labels[7] = 2
    refused("DPDM_EUSAGE", "labels[7] is 2", images_of, pixels, labels, 2)


def sampling():
    model = handle(lib.dpdm_model_create, b"run")
    assert json.loads(lib.dpdm_model_config(model))["network"]["kind"] == "unet"
    assert lib.dpdm_model_parameters(model) > 1000
    draw = lambda **options: array_of(handle(lib.dpdm_model_draw, model, config_of("sample", **options), c.c_uint64(10), None, None))
    one, labels = draw(seed=5, steps=4)
    two, _ = draw(seed=5, steps=4, threads=1)
    assert one.shape == (10, 8, 8, 1) and np.array_equal(one, two) and list(labels) == [0, 1] * 5
    assert not np.array_equal(one, draw(steps=4)[0]) and set(draw(label=1, steps=4)[1]) == {1}
    refused("DPDM_EUSAGE", "of the job", handle, lib.dpdm_model_draw, model, recipe(), c.c_uint64(1), None, None)
    refused("DPDM_ENOENT", "", handle, lib.dpdm_model_create, b"nothing/here")
    lib.dpdm_model_free(model)


def evaluation(pixels, labels):
    synthetic, test = images_of(pixels, labels, 2), images_of(pixels[:20], labels[:20], 2)
    config = config_of("evaluate", classifier="logreg", epochs=2, features="pixels")
    result = json.loads(text(lib.dpdm_evaluate, config, synthetic, test, None, None))
    assert 0 <= result["classifiers"]["logreg"]["accuracy_mean"] <= 1 and result["test_images"] == 20
    refused("DPDM_EUSAGE", "both sets", text, lib.dpdm_evaluate, config, synthetic, None, None, None)


class Grid(c.Structure):
    _fields_ = [("size", c.c_size_t), ("clip", c.c_double), ("bits", c.c_int)]


class OldGrid(c.Structure):
    _fields_ = [("size", c.c_size_t), ("clip", c.c_double)]


def grids():
    lib.dpdm_grid_capacity.restype = c.c_uint64
    whole, old, new = Grid(c.sizeof(Grid), 1, 40), OldGrid(c.sizeof(OldGrid), 1), Grid(c.sizeof(Grid) + 8, 1, 40)
    assert lib.dpdm_grid_capacity(c.byref(whole), c.c_double(2)) == lib.dpdm_grid_capacity(c.byref(old), c.c_double(2)) > 0
    call(lib.dpdm_grid_check, c.byref(old))
    refused("DPDM_ERANGE", "sizeof(dpdm_grid)", call, lib.dpdm_grid_check, c.byref(new))


def privacy():
    bound = json.loads(text(lib.dpdm_epsilon_json, c.c_double(0.01), c.c_double(1), c.c_uint64(1000), c.c_double(1e-5), b"pld"))
    printed = subprocess.run([os.environ["DPDM"], "account", "--sampling-rate", "0.01", "--noise-multiplier", "1", "--steps",
                              "1000", "--delta", "1e-5", "--json"], capture_output=True, check=True).stdout
    assert bound["epsilon_upper"] == json.loads(printed)["epsilon_upper"]
    events = b'[{"sampling_rate": 0.01, "noise_multiplier": 1, "steps": 1000}]'
    same = json.loads(text(lib.dpdm_epsilon_of_events_json, events, c.c_uint64(1), c.c_double(1e-5), b"pld"))
    assert same["epsilon_upper"] == bound["epsilon_upper"] and same["events"] == json.loads(events)
    three = json.loads(text(lib.dpdm_epsilon_of_events_json, events, c.c_uint64(3), c.c_double(1e-5), b"pld"))
    assert three["epsilon_upper"] > bound["epsilon_upper"]
    attack = json.loads(text(lib.dpdm_attack_json, events, c.c_uint64(1), c.c_double(0.01), c.c_double(0.5), c.c_double(1e-5)))
    assert 0.01 < attack["true_positive"] < 1 and 0.5 < attack["success"] < 1 and 0.5 < attack["posterior"] < 1
    refused("DPDM_ERANGE", "1 to 256", text, lib.dpdm_epsilon_of_events_json, events, c.c_uint64(0), c.c_double(1e-5), b"pld")
    refused("DPDM_EUSAGE", "event 1", text, lib.dpdm_epsilon_of_events_json, b'[{"steps": 1}]', c.c_uint64(1), c.c_double(1e-5), b"rdp")
    found = json.loads(text(lib.dpdm_calibrate_json, c.c_double(2), c.c_double(1e-5), c.c_double(0.01), c.c_uint64(1000), b"rdp"))
    assert found["epsilon_upper"] <= 2 and found["accountant"] == "rdp"
    statement = text(lib.dpdm_statement_load, b"run")
    claims = c.c_int(7)
    call(lib.dpdm_statement_check, statement.encode(), c.byref(claims))
    assert claims.value == 0 and "no privacy claim" in text(lib.dpdm_statement_explain, statement.encode())
    changed = json.loads(statement)
    changed["events"][-1]["steps"] -= 1
    refused("DPDM_EFORMAT", "does not hold", call, lib.dpdm_statement_check, json.dumps(changed).encode(), None)


def printed(*words):
    """What the program prints as JSON, whatever its exit code."""
    return json.loads(subprocess.run([os.environ["DPDM"], *words, "--json", "--quiet"], capture_output=True, check=False).stdout)


def classifiers(pixels, labels):
    images = images_of(pixels, labels, 2)
    config = config_of("classify", height=8, width=8, channels=1, classes=2, records=48, classifier="logreg", batch=24, steps=40,
                       noise_multiplier=0.5, delta=1e-3, accountant="rdp", seed=3, out="rival")
    plan = json.loads(text(lib.dpdm_train_plan_json, config))
    assert plan["steps"] == 40
    refused("DPDM_EUSAGE", "of the job 'classify'", call, lib.dpdm_config_preset, config, b"fmnist-cpu")
    result = json.loads(text(lib.dpdm_train_start, config, images, None, None))
    classifier = handle(lib.dpdm_dp_classifier_create, b"rival", 1)
    shape = [c.c_int() for _ in range(4)]
    lib.dpdm_dp_classifier_shape(classifier, *[c.byref(one) for one in shape])
    assert [one.value for one in shape] == [8, 8, 1, 2]
    chosen, shares = np.full(48, -1, np.int64), np.zeros((48, 2), np.float32)
    unlabelled = images_of(pixels, labels * 0, 1)  # labels and their number are not looked at
    call(lib.dpdm_dp_classifier_label, classifier, unlabelled, chosen.ctypes.data_as(c.c_void_p), shares.ctypes.data_as(c.c_void_p))
    assert np.array_equal(chosen, shares.argmax(1)) and np.allclose(shares.sum(1), 1)
    again = np.zeros(48, np.int64)
    call(lib.dpdm_dp_classifier_label, classifier, images, again.ctypes.data_as(c.c_void_p), None)
    assert np.array_equal(again, chosen)
    found = json.loads(text(lib.dpdm_dp_classifier_test_json, classifier, images))
    assert found["accuracy"] == np.mean(chosen == labels) > 0.9 and "outside the privacy guarantee" in found["accuracy_notice"]
    np.savez("rival-data.npz", images=pixels, labels=labels.astype(np.int64))
    subprocess.run([os.environ["DPDM"], "classify", "predict", result["model"], "--data", "rival-data.npz", "--out", "rival.npz",
                    "--quiet"], check=True, stdout=subprocess.DEVNULL)
    assert np.array_equal(np.load("rival.npz")["probabilities"], shares)
    assert json.loads(text(lib.dpdm_statement_load, b"rival")) == result["statement"]
    assert plan["epsilon_upper"] == result["statement"]["epsilon_upper"], "a bound loses digits"
    refused("DPDM_EUSAGE", "was trained on", call, lib.dpdm_dp_classifier_label, classifier,
            images_of(pixels[:, :6], labels, 2), None, None)
    refused("DPDM_EFORMAT", "", handle, lib.dpdm_dp_classifier_create, b"run", 1)  # of a diffusion model
    lib.dpdm_dp_classifier_free(classifier)


def named_sets(pixels, labels):
    """Sets that know their classes by name in different orders: an evaluation maps one to the other and leaves both as they were."""
    for path, names in (("one.npz", ["cat", "dog"]), ("two.npz", ["dog", "cat"])):
        np.savez(path, images=pixels, labels=labels.astype(np.int64), class_names=np.array(names))
    one = handle(lib.dpdm_images_open, b"one.npz", None, 0)
    two = handle(lib.dpdm_images_open, b"two.npz", None, 1)
    config = config_of("evaluate", classifier="logreg", epochs=40, learning_rate=0.1, features="none")
    first = json.loads(text(lib.dpdm_evaluate, config, one, two, None, None))
    assert first == json.loads(text(lib.dpdm_evaluate, config, one, two, None, None)), "an evaluation changes the caller's labels"
    assert first["classifiers"]["logreg"]["accuracy_mean"] < 0.5, "a name was not followed"
    for images in (one, two):
        assert np.array_equal(array_of(images)[1], labels)
        lib.dpdm_images_destroy(images)


def audits(pixels, labels):
    checked = json.loads(text(lib.dpdm_selfcheck_json, config_of("selfcheck", threads=1, kernels="plain"), None, None))
    assert checked["passed"] is True and checked["failed"] == 0 and len(checked["runs"]) == 1
    assert all(check["passed"] for check in checked["runs"][0]["checks"])
    refused("DPDM_EUSAGE", "no kernel set", text, lib.dpdm_selfcheck_json, config_of("selfcheck", kernels="none"), None, None)
    refused("DPDM_ECANCELLED", "", text, lib.dpdm_selfcheck_json, config_of("selfcheck"), WATCH(lambda *_: 1), None)

    options = {"noise-multiplier": "1", "delta": "0.01", "runs": "400", "seed": "5", "threads": "2"}
    words = [word for name, value in options.items() for word in ("--" + name, value)]
    found = json.loads(text(lib.dpdm_audit_mechanism_json, config_of("audit-mechanism", **options), None, None))
    assert found == printed("audit", "mechanism", *words) and found["exceeded"] is False
    small = config_of("audit-mechanism", **{**options, "claim": "0.01"})  # refuted: that is a result, no failure
    assert json.loads(text(lib.dpdm_audit_mechanism_json, small, None, None))["exceeded"] is True
    refused("DPDM_EUSAGE", "give one of", text, lib.dpdm_audit_mechanism_json, config_of("audit-mechanism"), None, None)

    images = images_of(pixels, labels, 2)
    config = config_of("audit-training", canaries=20)
    call(lib.dpdm_config_parse, config, RECIPE)
    told = []
    found = json.loads(text(lib.dpdm_audit_training_json, config, images, WATCH(lambda _c, what, unit, *_: told.append((what, unit)) or 0),
                            None))
    assert found["canaries"] == 20 and "outside any privacy guarantee" in found["note"] and (b"audit", b"step") in told

    sets = [images_of(pixels[part], labels[part] * 0, 1) for part in (slice(0, 40), slice(0, 24), slice(24, 48))]
    config = config_of("audit-membership", claim=5, seed=1)
    found = json.loads(text(lib.dpdm_audit_membership_json, config, *sets, None, None))
    for name, part in (("synthetic", slice(0, 40)), ("members", slice(0, 24)), ("non-members", slice(24, 48))):
        np.savez(name + ".npz", images=pixels[part], labels=labels[part] * 0)
    assert found == printed("audit", "membership", "--synthetic", "synthetic.npz", "--members", "members.npz", "--non-members",
                            "non-members.npz", "--claim", "5", "--seed", "1")
    assert found["epsilon_claimed"] == 5 and found["exceeded"] is False
    refused("DPDM_EUSAGE", "all three", text, lib.dpdm_audit_membership_json, config, sets[0], None, None, None, None)

    model = handle(lib.dpdm_model_create, b"run")
    config = config_of("tune-sampler", evaluations=8, count=8, classifier="logreg", epochs=1, seed=2)
    found = json.loads(text(lib.dpdm_tune_sampler_json, model, config, None, None, None))
    assert found == printed("tune-sampler", "run/release/model.safetensors", "--evaluations", "8", "--count", "8", "--classifier",
                            "logreg", "--epochs", "1", "--seed", "2")
    assert not found["real_accuracy_touches_private_data"]
    found = json.loads(text(lib.dpdm_tune_sampler_json, model, config, images, None, None))
    assert found["real_accuracy_touches_private_data"] and 0 <= found["best"]["real_accuracy"] <= 1
    lib.dpdm_model_free(model)


with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    numbers = np.random.default_rng(0)
    some_labels = np.arange(48) % 2
    some_pixels = (numbers.integers(0, 100, (48, 8, 8)) + some_labels[:, None, None] * 100).astype(np.uint8)
    configs()
    training(some_pixels, some_labels)
    sampling()
    evaluation(some_pixels, some_labels)
    privacy()
    grids()
    classifiers(some_pixels, some_labels)
    named_sets(some_pixels, some_labels)
    audits(some_pixels, some_labels)
