#!/usr/bin/python3
"""What the program writes: permissions under any umask, no device or pipe replaced, trouble found before the work,
nothing left behind by a stop or a refusal, and no escape code from a path on the terminal."""
import json
import os
import shutil
import signal
import stat
import subprocess
import tempfile
import time
import unittest

import numpy as np

from program import DPDM, SLOW, main, recipe, run, run_json

RECIPE = recipe(data="data.npz", steps="{steps}", multiplicity=2, epsilon=8, clip=0.5)
CLASSIFIER = ["--data", "data.npz", "--height", 8, "--width", 8, "--channels", 1, "--classes", 2, "--records", 40,
              "--classifier", "logreg", "--epsilon", 8, "--delta", "1e-3", "--accountant", "rdp", "--steps", 4]
MODEL = "run/release/model.safetensors"

# Every option that names what is written, with a command that writes it: NAME stands for it. Without NAME the command
# says all else that it needs. A verb that comes to write something has to be added here.
COMMANDS = {
    ("sample", "out"): ["sample", MODEL, "--count", 4, "--steps", 2, "--format", "npz", "--out", "NAME"],
    ("sample", "grid"): ["sample", MODEL, "--count", 4, "--steps", 2, "--out", "other.npz", "--overwrite", "--grid", "NAME"],
    ("denoise", "out"): ["denoise", MODEL, "--in", "noisy.npz", "--out", "NAME"],
    ("features", "out"): ["features", "data.npz", "--out", "NAME"],
    ("data convert", "out"): ["data", "convert", "data.npz", "--format", "npz", "--out", "NAME"],
    ("data make", "out"): ["data", "make", "shapes", "--count", 9, "--format", "npz", "--out", "NAME"],
    ("data make", "grid"): ["data", "make", "shapes", "--count", 9, "--out", "made.npz", "--overwrite", "--grid", "NAME"],
    ("classify train", "out"): ["classify", "train", *CLASSIFIER, "--out", "NAME"],
    ("classify predict", "out"): ["classify", "predict", "rival", "--data", "data.npz", "--out", "NAME"],
    ("report", "out"): ["report", "run", "--out", "NAME"],
    ("report", "twin"): ["report", "run", "--out", "page.html", "--overwrite", "--twin", "NAME"],
    ("report", "model-card"): ["report", "run", "--out", "page.html", "--overwrite", "--model-card", "NAME"],
    ("report", "data-card"): ["report", "run", "--out", "page.html", "--overwrite", "--data-card", "NAME"],
}
# Only for its owner, whatever the umask; names of paths, or of files anywhere.
PRIVATE = ("features-out", "classify-predict-out", "data-convert-out", "near.html", "budget.ledger", "new/private", "stopped/state", "converted-png",
           "converted-idx", "lock")


def words(command, name):
    return [name if word == "NAME" else word for word in command]


def mode_of(path):
    return stat.S_IMODE(os.lstat(path).st_mode)


class Outputs(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="dpdm-outputs-")
        os.chdir(cls.folder)
        rng = np.random.default_rng(1)
        np.savez("data.npz", images=rng.integers(0, 256, (40, 8, 8), np.uint8), labels=np.arange(40) % 2)
        np.savez("many.npz", images=rng.integers(0, 256, (60000, 8, 8), np.uint8), labels=np.arange(60000) % 2)
        np.savez("noisy.npz", x=np.zeros((2, 1, 8, 8), np.float32), sigma=np.ones(2, np.float32),
                 labels=np.zeros(2, np.int64))
        with open("recipe.yaml", "w") as file:
            file.write(RECIPE.format(steps=6))
        with open("long.yaml", "w") as file:
            file.write(RECIPE.format(steps=1000000).replace("epsilon: 8\n", "noise_multiplier: 100\n"))
        run("train", "--config", "recipe.yaml", "--out", "run")
        run("classify", "train", *CLASSIFIER, "--out", "rival")

    @classmethod
    def tearDownClass(cls):
        os.chdir("/")
        shutil.rmtree(cls.folder)

    def test_every_option_that_writes_is_known_here(self):
        marked = {(verb["name"], option["name"]) for verb in run_json("help")["verbs"] for option in verb["options"]
                  if option.get("output")}
        self.assertEqual(marked, set(COMMANDS))
        named = {(verb["name"], option["name"]) for verb in run_json("help")["verbs"] for option in verb["options"]
                 if option["name"] in ("out", "grid", "save") and verb["name"] not in ("train", "eval")}
        unmarked = {pair for pair in named - marked if not (pair[0] == "report" and pair[1] == "grid")}
        self.assertEqual({pair for pair in unmarked if not self.is_run_folder(*pair)}, set())

    def is_run_folder(self, verb, option):
        """Recipes share one table, whose `out` is the folder of a run; to `pretrain` it is a file, which it checks itself."""
        return verb in ("bench", "selfcheck", "audit training", "pretrain") and option == "out"

    def write_all(self):
        """Everything the program can write, in the folder at hand."""
        for (verb, option), command in COMMANDS.items():
            run(*words(command, f"{verb.replace(' ', '-')}-{option}"))
        for ending in ("png", "idx"):
            run("sample", MODEL, "--count", 4, "--steps", 2, "--format", ending, "--out", f"samples-{ending}")
            run("data", "convert", "data.npz", "--format", ending, "--out", f"converted-{ending}")
            run("data", "convert", "data.npz", "--public", "--format", ending, "--out", f"open-{ending}")
        run("data", "convert", "data.npz", "--public", "--out", "open.npz")
        run("features", "data.npz", "--public", "--out", "open-features.npz")
        run("report", "run", "--neighbours", "data.npz", "--out", "near.html")
        run("train", "--config", "recipe.yaml", "--private-metrics", "--tensorboard", "--preview-every", 3, "--out", "new")
        run("ledger", "init", "budget.ledger", "--data-set", "faces", "--epsilon", 10, "--delta", "1e-3", "--no-digest")
        self.stop(["train", "--config", "long.yaml", "--out", "stopped"], signal.SIGINT, "stopped/metrics.jsonl")

    def stop(self, command, number, appears, size=0):
        """Runs the program, sends a signal once a file is larger than size, or a folder NAME* has begun to fill; returns exit
        code and messages."""
        process = subprocess.Popen([DPDM, *map(str, command)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        try:
            limit = time.monotonic() + 60
            while not self.appeared(appears, size) and process.poll() is None:
                self.assertLess(time.monotonic(), limit)
                time.sleep(0.01)
            process.send_signal(number)
            _, messages = process.communicate(timeout=60 * SLOW)
        finally:
            process.kill()
        return process.returncode, messages

    def appeared(self, name, size):
        if name.endswith("*"):
            return any(entry.startswith(name[:-1]) and os.path.isdir(f"{entry}/0") and len(os.listdir(f"{entry}/0")) > 20
                       for entry in os.listdir("."))
        return os.path.exists(name) and os.path.getsize(name) > size

    def test_permissions_follow_the_umask(self):
        shared = 0
        for umask in (0o022, 0o077, 0o002):
            before = set(os.listdir("."))
            old = os.umask(umask)
            try:
                self.write_all()
            finally:
                os.umask(old)
            made = sorted(set(os.listdir(".")) - before)
            for top in made:
                paths = [top] + [os.path.join(at, name) for at, folders, files in os.walk(top) for name in folders + files]
                for path in paths:
                    most = 0o777 if os.path.isdir(path) else 0o666
                    closed = any(path == name or path.startswith(name + "/") or os.path.basename(path) == name
                                 for name in PRIVATE)
                    expected = most & (0o700 if closed else 0o777) & ~umask
                    self.assertEqual(oct(mode_of(path)), oct(expected), (path, oct(umask)))
                    shared += not closed
            for top in made:
                shutil.rmtree(top) if os.path.isdir(top) else os.unlink(top)
        self.assertGreater(shared, 60)

    def test_what_is_no_file_is_never_replaced(self):
        os.mkfifo("pipe")
        os.mkdir("folder")
        start = ["pretrain", "--config", "recipe.yaml", "--procedural", "shapes", "--out", "NAME"]
        for command in [*COMMANDS.values(), start]:
            for name in ("/dev/full", "pipe") + (("folder",) if "npz" not in command else ()):
                for more in ([], ["--overwrite"]):
                    if "--overwrite" in command and more:
                        continue
                    begun = time.monotonic()
                    _, message = run(*words(command, name), *more, code=1)
                    self.assertIn(name, message)
                    self.assertLess(time.monotonic() - begun, 20)
        self.assertTrue(stat.S_ISCHR(os.stat("/dev/full").st_mode))
        self.assertTrue(stat.S_ISFIFO(os.stat("pipe").st_mode))
        self.assertEqual(os.listdir("folder"), [])

    def test_links_are_followed(self):
        os.mkdir("elsewhere")
        for (verb, option), command in COMMANDS.items():
            name, target = f"link-{verb}-{option}".replace(" ", "-"), f"elsewhere/{verb}-{option}".replace(" ", "-")
            os.symlink(target, name)
            for more in ([], ["--overwrite"]):
                run(*words(command, name), *(more if "--overwrite" not in command else []))
                self.assertTrue(os.path.islink(name), (verb, option))
                self.assertTrue(os.path.isfile(target) and not os.path.islink(target))

    def test_trouble_is_found_before_the_work(self):
        """The model does not even have to exist: outputs are looked at first."""
        with open("taken.npz", "w") as file:
            file.write("mine")
        for (verb, option), command in COMMANDS.items():
            command = ["none.safetensors" if word == MODEL else "no-data.npz" if word == "data.npz" else
                       "no-run" if word in ("run", "rival") else word for word in command]
            missing = run_json(*words(command, "no/such/folder/x.npz"), code=1)["error"]
            self.assertIn("no/such/folder", missing["message"], (verb, option))
            if "--overwrite" not in command:
                self.assertEqual(run_json(*words(command, "taken.npz"), code=1)["error"]["status"], "DPDM_EEXIST")
        with open("taken.npz") as file:
            self.assertEqual(file.read(), "mine")

    def test_a_folder_of_others_is_refused_before_the_work(self):
        os.makedirs("theirs")
        with open("theirs/thesis.txt", "w") as file:
            file.write("mine")
        for command in (["sample", "none.safetensors", "--count", 4], ["data", "convert", "no-data.npz"]):
            for ending in ("png", "idx"):
                _, message = run(*command, "--format", ending, "--out", "theirs", "--overwrite", code=1)
                self.assertIn("holds other things", message)

    def test_two_outputs_in_one_place_are_refused(self):
        os.symlink("same.npz", "same-link")
        for other in ("same.npz", "./same.npz", "same-link", os.path.abspath("same.npz")):
            _, message = run("sample", MODEL, "--count", 4, "--steps", 2, "--out", "same.npz", "--grid", other, code=2)
            self.assertIn("--out and --grid are the same place", message)
        self.assertFalse(os.path.exists("same.npz"))

    def test_a_stopped_conversion_leaves_nothing(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            code, messages = self.stop(["data", "convert", "many.npz", "--format", "png", "--out", "leak"], number, "leak.tmp-*")
            self.assertEqual(code, 128 + number, messages)
            self.assertIn("stopped while writing", messages)
            self.assertEqual([name for name in os.listdir(".") if name.startswith("leak")], [])

    def test_a_stopped_training_is_saved_and_goes_on(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            shutil.rmtree("halted", ignore_errors=True)
            code, messages = self.stop(["train", "--config", "long.yaml", "--out", "halted"], number, "halted/metrics.jsonl")
            self.assertEqual(code, 128 + number, messages)
            self.assertIn("is saved", messages)
            with open("halted/metrics.jsonl") as file:
                done = len(file.readlines())
            code, messages = self.stop(["train", "--config", "long.yaml", "--out", "halted", "--resume"], number,
                                       "halted/metrics.jsonl", os.path.getsize("halted/metrics.jsonl"))
            self.assertEqual(code, 128 + number, messages)
            steps = [json.loads(line)["step"] for line in open("halted/metrics.jsonl")]
            self.assertEqual(steps, sorted(set(steps)))
            self.assertGreaterEqual(len(steps), done)

    def test_a_refused_run_leaves_no_folder(self):
        run("ledger", "init", "small.ledger", "--data-set", "faces", "--epsilon", 1, "--delta", "1e-3", "--no-digest")
        train = ["train", "--config", "recipe.yaml"]
        run(*train, "--ledger", "small.ledger", "--out", "refused/deep/run", code=1)
        run(*train, "--records", 41, "--batch", 10, "--out", "refused/run", code=1)
        run(*train, "--data", "none.npz", "--out", "refused", code=1)
        run(*train, "--resume", "--out", "refused/resumed", code=1)
        self.assertFalse(os.path.exists("refused"))
        os.mkdir("there")
        run(*train, "--data", "none.npz", "--out", "there/run", code=1)
        self.assertEqual(os.listdir("there"), [])

    def test_a_log_says_how_far_but_not_how_fast(self):
        shutil.rmtree("quick", ignore_errors=True)
        _, messages = run("train", "--config", "recipe.yaml", "--out", "quick")
        self.assertIn("60/60 (100 %)", messages)
        self.assertNotIn("img/s", messages)

    def test_paths_reach_neither_terminal_nor_json_raw(self):
        """Escape codes and bytes that are no UTF-8, in names of files that exist and of files that do not."""
        evil = b"evil-\x1b[31m\xff\xc2\x9b31m"
        environment = {b"PATH": os.environb[b"PATH"]}
        for command in ([b"sample", b"run/release/model.safetensors", b"--count", b"4", b"--steps", b"2", b"--out", evil + b".npz"],
                        [b"data", b"info", evil], [b"data", b"convert", b"data.npz", b"--public", b"--out", evil + b".out"],
                        [b"train", b"--config", evil], [b"statement", evil], [evil], [b"report", evil],
                        [b"ledger", b"init", evil + b".ledger", b"--data-set", evil, b"--epsilon", b"1", b"--delta", b"1e-3"],
                        [b"ledger", b"show", evil + b".ledger"]):
            for more in ([], [b"--json"]):
                for name in os.listdir(b"."):
                    if name.startswith(b"evil") and command[:2] != [b"ledger", b"show"]:
                        os.unlink(name)
                done = subprocess.run([os.fsencode(DPDM), *command, *more], capture_output=True, env=environment, timeout=60 * SLOW)
                for text in (done.stdout, done.stderr):
                    self.assertNotIn(b"\x1b", text, command)
                    self.assertNotIn("\x9b", text.decode(), command)  # decodes: it is valid UTF-8
                if more:
                    json.loads(done.stdout)


main()
