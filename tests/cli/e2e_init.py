#!/usr/bin/python3
"""`dpdm init`: the questions, the recipe that comes of the answers, its plan; refusals leave nothing. `dpdm advise`: the recipe alone."""
import json
import os
import re
import shutil
import tempfile
import unittest

import numpy as np

from program import SOURCE, main, run, run_json

ANSWERS = ["scans", "28", "28", "1", "2", "", "4708", "0", "10", ""]


def answers(**changed):
    keys = ["data", "height", "width", "channels", "classes", "class_names", "records", "owner_cap", "epsilon", "delta"]
    return "".join(str(changed.get(key, value)) + "\n" for key, value in zip(keys, ANSWERS))


def recipe(path):
    """The keys of a file of `key: value  # comment` lines."""
    with open(path) as file:
        return dict(re.match(r"(\w+): (.*?)(?:  # .*)?$", line).groups() for line in file if line.strip() and line[0] != "#")


def copy_picture(path):
    shutil.copy(os.path.join(SOURCE, "tests", "fuzz", "corpus", "picture", "colour-turned"), path)


class Init(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.addCleanup(os.chdir, "/")
        os.chdir(folder.name)

    def test_answers_become_a_recipe_that_is_accepted(self):
        out, messages = run("init", "a/study", stdin=answers())
        found = recipe("a/study/recipe.yaml")
        for key, value in dict(data='"scans"', height="28", width="28", channels="1", classes="2", records="4708", epsilon="10",
                               delta="1e-05").items():
            self.assertEqual(found[key], value)
        for word in ("epsilon <= 9.99", "memory", "time "):
            self.assertIn(word, out)
        self.assertIn("number of classes", messages)
        self.assertIn("next: dpdm train --config a/study/recipe.yaml", messages)
        plan = run_json("train", "--config", "a/study/recipe.yaml", "--dry-run")
        preset = run_json("train", "--preset", "small-set", "--dry-run")
        for key in ("noise_multiplier", "steps", "batch", "parameters", "epsilon_upper", "events"):
            self.assertEqual(plan[key], preset[key])

    def test_one_object_for_programs(self):
        plan = run_json("init", "b", stdin=answers(records="~5000", epsilon=2))
        self.assertTrue(1.9 < plan["epsilon_upper"] <= 2)
        found = recipe("b/recipe.yaml")
        self.assertNotIn("records", found)  # it is not public
        self.assertAlmostEqual(float(found["sampling_rate"]) * 5000, float(found["batch"]), delta=1)
        self.assertEqual(run_json("init", "many", stdin=answers(records=60000))["steps"], 500)

    def test_networks_fit_the_size_of_the_images(self):
        for side, patch, attention in ((28, 2, "[7]"), (32, 2, "[8]"), (64, 4, "[8]"), (16, 1, "[8]"), (8, 1, "[4]"), (48, 4, "[6]")):
            plan = run_json("init", f"s{side}", stdin=answers(height=side, width=side, channels=3))
            found = recipe(f"s{side}/recipe.yaml")
            self.assertEqual((int(found["patch"]), found["attention"]), (patch, attention), side)
            self.assertGreater(plan["parameters"], 0)

    def test_the_data_are_shown_beside_but_not_their_number(self):
        np.savez("scans.npz", images=np.zeros((37, 12, 16), np.uint8), labels=np.arange(37) % 3)
        _, messages = run("init", "d", "--data", "scans.npz", stdin="\n\n\n\n\n\n~4000\n\n\n\n")
        for word in ("16 x 12 pixels", "[12]", "[16]", "[3]", "37 images", "for you alone"):
            self.assertIn(word, messages)
        self.assertNotIn("[37]", messages)
        found = recipe("d/recipe.yaml")
        self.assertEqual((found["data"], found["height"], found["width"], found["classes"]), ('"scans.npz"', "12", "16", "3"))
        with open("d/recipe.yaml") as file:
            self.assertNotIn("37", file.read())

    def test_names_of_classes_are_proposed_stated_or_left_out(self):
        for name in ("normal", "pneumonia"):
            os.makedirs(f"scans/{name}")
            copy_picture(f"scans/{name}/1.jpg")
        rule = ["--resize", "8", "--crop", "centre", "--grey", "--orientation", "exif"]
        _, messages = run("init", "n", "--data", "scans", *rule, stdin="\n" * 6 + "~400\n\n\n\n")
        self.assertIn("[normal,pneumonia]", messages)
        found = recipe("n/recipe.yaml")
        for key, value in dict(class_names='"normal,pneumonia"', resize='"8"', crop="centre", grey="true", orientation="exif").items():
            self.assertEqual(found[key], value)
        self.assertNotIn("resize_filter", found)  # what is not asked for is not written
        plan = run_json("train", "--config", "n/recipe.yaml", "--dry-run")
        self.assertGreater(plan["parameters"], 0)
        run("init", "declined", "--data", "scans", *rule, stdin="\n" * 5 + "-\n~400\n\n\n\n")
        self.assertNotIn("class_names", recipe("declined/recipe.yaml"))
        run("init", "stated", stdin=answers(class_names="ill, well"))
        self.assertEqual(recipe("stated/recipe.yaml")["class_names"], '"ill, well"')
        self.assertIn("2", run_json("init", "x", stdin=answers(class_names="one"), code=2)["error"]["message"])

    def test_texts_stay_what_they_are(self):
        name = 'my "scans" \\ of May: #1'
        run("init", "t", stdin=answers(data=name))
        refusal = run_json("train", "--config", "t/recipe.yaml", code=1)["error"]["message"]
        self.assertIn(name, refusal)

    def test_refusals_leave_nothing(self):
        for text, word in ((answers(height="tall"), "tall"), (answers(records="some"), "some"), (answers(records="0"), "number of images"),
                           ("scans\n28\n", "the input ended"), (answers(epsilon="-1"), "epsilon"), (answers(height=""), "height")):
            self.assertIn(word, run_json("init", "x/y", stdin=text, code=2)["error"]["message"])
            self.assertFalse(os.path.exists("x"))
        run("init", "k", stdin=answers())
        with open("k/recipe.yaml") as file:
            before = file.read()
        self.assertIn("exists already", run("init", "k", stdin=answers(classes=3), code=1)[1])
        with open("k/recipe.yaml") as file:
            self.assertEqual(file.read(), before)
        run("init", "k", "--overwrite", stdin=answers(classes=3))
        self.assertEqual(recipe("k/recipe.yaml")["classes"], "3")
        self.assertEqual(json.dumps(sorted(os.listdir("k"))), '["recipe.yaml"]')


class Advise(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.addCleanup(os.chdir, "/")
        os.chdir(folder.name)

    def advise(self, *words):
        """The recipe that is printed, which `train` takes as it is."""
        with open("recipe.yaml", "w") as file:
            file.write(run("advise", *words)[0])
        self.plan = run_json("train", "--config", "recipe.yaml", "--accountant", "rdp", "--dry-run")
        return recipe("recipe.yaml")

    def test_a_recipe_of_facts_alone_is_accepted(self):
        made = self.advise("--records", 60000)
        self.assertEqual((made["init"], made["steps"], made["delta"]), ('"grey-28x28"', "500", "2e-06"))
        self.assertLessEqual(self.plan["epsilon_upper"], 10)
        made = self.advise("--records", 4708, "--classes", 2, "--epsilon", 3)
        self.assertEqual((made["classes"], made["records"], made["epsilon"], made["delta"]), ("2", "4708", "3", "1e-05"))
        self.assertNotIn("init", made)  # the start has ten classes

    def test_images_too_large_for_a_covariance_are_shrunk_for_it(self):
        made = self.advise("--records", 50000, "--size", "32x32x3", "--epsilon", 1)
        self.assertEqual((made["prior_pool"], made["channels"], made["attention"]), ("2", "3", "[8]"))
        self.assertNotIn("prior_covariance_noise", self.advise("--records", 50000, "--size", "200x200x3"))

    def test_json_has_the_same_recipe(self):
        told = run_json("advise", "--records", 60000)
        self.assertEqual((told["preset"], told["recipe"]["steps"], told["recipe"]["records"]), ("fmnist-cpu", "500", "60000"))

    def test_impossible_facts_are_refused(self):
        for words, what in ((("--size", "28x28x1"), "--records"), (("--records", 0), "records"),
                            (("--records", 9, "--size", "28x28"), "HEIGHTxWIDTH"), (("--records", 9, "--size", "28x28x2"), "channels"),
                            (("--records", 9, "--size", "28x28x1x"), "HEIGHTxWIDTH"), (("--records", 9, "--size", "7x9x1"), "halved"),
                            (("--records", 9, "--epsilon", 0), "epsilon"), (("--records", 9, "--classes", 0), "classes")):
            self.assertIn(what, run_json("advise", *words, code=2)["error"]["message"])


main()
