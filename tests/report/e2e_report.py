#!/usr/bin/python3
"""`dpdm report` on a small run: one page that is well-formed, accessible, fetches nothing, and cannot be written into."""
import html.parser
import json
import os
import re
import struct
import subprocess
import tempfile

import jsonschema
import numpy as np

RECIPE = dict(height=8, width=8, channels=1, classes=2, records=48, width_base=8, multipliers="[1, 2]", blocks=1,
              attention="[4]", batch=12, steps=6, multiplicity=2, noise_multiplier=2, prior_means_noise=20,
              prior_covariance_noise=20, delta=1e-3, accountant="rdp", preview_every=2)
HOSTILE = "\"'><script>alert(1)</script><img src=x onerror=alert(2)>&amp;\u202e"
VOID = {"meta", "img", "br", "link", "line", "path", "polyline", "circle"}
HEADINGS = ["h1", "h2", "h3", "h4", "h5", "h6"]


def dpdm(*arguments, code=0):
    result = subprocess.run([os.environ["DPDM"], *map(str, arguments)], capture_output=True, text=True)
    assert result.returncode == code, (arguments, result.returncode, result.stdout, result.stderr)
    return result.stdout, result.stderr


class Page(html.parser.HTMLParser):
    """Reads a page and checks what holds for every one."""

    def __init__(self, path):
        super().__init__(convert_charrefs=True)
        self.text, self.open, self.tags, self.ids, self.links, self.level = "", [], [], set(), [], 0
        self.headings, self.cells = [], []
        self.source = open(path, encoding="utf-8").read()
        self.feed(self.source)
        self.close()
        assert self.open == [], self.open
        assert self.source.startswith("<!DOCTYPE html>") and not re.search(r"https?:", self.source)
        assert "@import" not in self.source and "url(" not in self.source
        assert self.tags.count("h1") == 1 and self.tags.count("main") == 1 and self.tags.count("title") >= 1
        for link in self.links:
            assert link.startswith("#") and link[1:] in self.ids, link

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        assert len(values) == len(attrs), (tag, attrs)
        assert tag not in {"script", "iframe", "object", "embed", "form", "input", "base", "style "}, tag
        assert not any(name.startswith("on") for name in values), attrs
        self.tags.append(tag)
        if tag == "html":
            assert values["lang"] == "en"
        if "id" in values:
            assert values["id"] not in self.ids, values["id"]
            self.ids.add(values["id"])
        if tag == "img":
            assert values["src"].startswith("data:image/png;base64,iVBORw0KGgo") and len(values["alt"]) > 10
            assert int(values["width"]) > 0 and int(values["height"]) > 0
        else:
            assert "src" not in values
        if tag == "svg":
            assert values["role"] == "img" and values["aria-labelledby"]
        if tag == "th":
            assert values["scope"] in ("col", "row", "rowgroup", "colgroup")
        if tag == "table":
            self.captioned = False
        if tag == "caption":
            self.captioned = True
        if tag in ("thead", "tbody"):
            assert self.captioned, "a table without a caption"
        if tag == "a":
            self.links.append(values["href"])
        if tag in HEADINGS:
            level = int(tag[1])
            assert level <= self.level + 1, f"{tag} after h{self.level}"
            self.level = level
            self.headings.append("")
        if tag == "meta" and values.get("http-equiv") == "Content-Security-Policy":
            assert values["content"].startswith("default-src 'none'")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        assert tag in VOID, tag
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag):
        assert self.open and self.open[-1] == tag, (tag, self.open)
        self.open.pop()
        self.text += " " if tag in ("td", "th") else ""

    def handle_data(self, data):
        if "style" in self.open:
            return
        self.text += data
        if self.open and self.open[-1] in HEADINGS:
            self.headings[-1] += data


def says(page, *words):
    text = " ".join(page.text.split())
    for word in words:
        assert word in text, f"the page does not say '{word}'"


def model_rewrite(path, out, change):
    """Copies a model with other metadata texts."""
    data = open(path, "rb").read()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    metadata = header["__metadata__"]
    texts = {key: json.loads(metadata[key]) for key in metadata}
    change(texts)
    header["__metadata__"] = {key: json.dumps(texts[key]) for key in texts}
    packed = json.dumps(header).encode()
    packed += b" " * (-len(packed) % 8)
    open(out, "wb").write(struct.pack("<Q", len(packed)) + packed + data[8 + length :])


def evaluation(**more):
    one = dict(accuracy_mean=0.75, accuracy_std=0.01, accuracy_best=0.76, accuracies=[0.74, 0.76], calibration_error=0.05,
               class_accuracy=[0.9, None], confusion=[[9, 1], [0, 0]])
    return dict(synthetic_images=1000, test_images=10, classifiers={"cnn": dict(one, **more)})


def write_json(path, value):
    with open(path, "w") as file:
        json.dump(value, file)
    return path


def make_run():
    images = (np.arange(48 * 64) * 37 % 251).astype(np.uint8).reshape(48, 8, 8)
    np.savez("data.npz", images=images, labels=np.arange(48) % 2)
    with open("recipe.yaml", "w") as file:
        file.writelines(f"{key}: {value}\n" for key, value in RECIPE.items())
    dpdm("train", "--config", "recipe.yaml", "--data", "data.npz", "--out", "run", "--quiet")
    dpdm("train", "--config", "recipe.yaml", "--data", "data.npz", "--out", "seeded", "--seed", 3, "--quiet")
    dpdm("sample", MODEL, "--count", 8, "--steps", 3, "--out", "s.npz", "--grid", "grid.png", "--quiet")


MODEL = "run/release/model.safetensors"


def plain():
    told = json.loads(dpdm("report", "run", "--out", "a.html", "--json", "--quiet")[0])
    statement = json.load(open("run/release/statement.json"))
    assert told["private"] and told["claim_confirmed"] and told["previews"] == 3
    assert told["epsilon_upper"] == statement["epsilon_upper"] and told["delta"] == 1e-3
    page = Page("a.html")
    epsilon = float(re.search(r"\(ε, δ\) = \(([0-9.]+), 0.001\)-differential privacy", page.text).group(1))
    assert statement["epsilon_upper"] <= epsilon < statement["epsilon_upper"] * 1.001
    says(page, "one image with its label", "replaced by nothing (zero-out)", "ε where one is replaced by another", "Poisson", "This confirms the claim",
         "noisy class means, before the training 1 20 1", "noisy covariance, before", "12 images each, on average",
         "Step 2, ε ≤", "Step 6, ε ≤", "Drawn for this report",
         "width_base: 8", "multipliers: [1,2]", "attention: [4]", "dpdm train --config recipe.yaml")
    for item in statement["assumptions"] + statement["not_covered"]:
        says(page, item)
    assert page.tags.count("svg") == 4 and page.tags.count("img") == 5  # two classes, three previews
    says(page, "no loss, no batch size, no time", "Figures of some steps", "1 ", "6 ")
    assert not told["private_images"] and "Nearest real images" not in page.text
    assert "How useful the samples are" not in page.headings and "No privacy claim" not in page.text
    # The same page every time.
    dpdm("report", "run", "--out", "b.html", "--threads", 1)
    assert open("a.html").read() == open("b.html").read()
    # The recipe in the page is one that trains the same way.
    recipe = re.search(r'recipe.yaml" tabindex="0"><code>(.*?)</code>', page.source, re.S).group(1)
    open("again.yaml", "w").write(recipe)
    plans = [json.loads(dpdm("train", "--config", name, "--data", "data.npz", "--out", "none", "--dry-run", "--json",
                             "--quiet")[0]) for name in ("recipe.yaml", "again.yaml")]
    for key in ("parameters", "sampling_rate", "steps", "noise_multiplier", "epsilon_upper", "delta"):
        assert plans[0][key] == plans[1][key], key


def luminance(colour):
    digits = colour[1:] if len(colour) == 7 else "".join(2 * c for c in colour[1:])
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    parts = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast():
    """Every colour of letters against every ground it stands on, in light, dark and print: WCAG 2 AA, 4.5 to 1."""
    style = re.search(r"<style>(.*?)</style>", open("a.html").read(), re.S).group(1)
    themes = [dict(re.findall(r"--([a-z-]+): (#[0-9a-f]+);", block)) for block in re.findall(r":root {(.*?)}", style, re.S)]
    assert len(themes) == 3
    for theme in themes:
        pairs = [(ink, ground) for ink in ("ink", "soft", "accent") for ground in ("paper", "panel")]
        for ink, ground in pairs + [("alert", "alert-paper"), ("ink", "alert-paper")]:
            light, dark = sorted((luminance(theme[ink]), luminance(theme[ground])), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= 4.5, (theme, ink, ground)


def figures():
    write_json("e.json", dict(evaluation(), classifiers_real={"cnn": {"accuracy_mean": 0.9}}, fid=17.5))
    rival = {"accuracy_mean": 0.7, "epsilon_upper": 9.9995, "delta": 1e-5, "private": True}
    write_json("rival.json", dict(
        evaluation(confusion=[[900, 100], [190, 10]], class_accuracy=[0.9, 0.05],
                   groups={"north": dict(images=400, accuracy=0.5), HOSTILE: dict(images=800, accuracy=0.8875),
                           "odd": dict(images="x", accuracy=2)}), protocol="paper", protocol_leaks=True,
        chosen={"classifier": "cnn"}, classifiers_dp={"cnn": rival, "mlp": dict(rival, private=False)},
        rival={"trained": 2, "epsilon_together": 12.001, "epsilon_with_release": 15.5},
        released={"classifiers": {"cnn": {"accuracy": 0.7125, "noise_std": 0.0125}}, "epsilon_cost": 0.5},
        fidelity={"features": {"name": "inception", "touches_private_data": False},
                  "fid": {"value": 17.5, "touches_private_data": True, "epsilon_cost": "outside the guarantee"},
                  "kid": {"value": 0.0125, "std": 0.001, "touches_private_data": True}, "nearest": 5,
                  "coverage": {"value": 0.625, "touches_private_data": False, "epsilon_cost": 0.5}}, fid=17.5))
    dpdm("report", "run", "--grid", "grid.png", "--eval", "rival.json", "--class-names", "cat,dog", "--out", "rival.html")
    page = Page("rival.html")
    says(page, "The choice leaks", "real images, DP-SGD, ε ≤ 10 70.0 %", "real images, DP-SGD without privacy claim 70.0 %",
         "together ε ≤ 12.01, with this release ε ≤ 15.5", "Class dog is far behind: 5.0 % correct, against 90.0 %",
         "Group north is far behind: 50.0 % correct, against 88.8 % in the other groups", "north 400 50.0 % 45.1–54.9",
         "the choice fell on the convolutional network", "2.7–9.0", "FID 17.5 smaller inception yes outside the guarantee",
         "KID 0.0125 smaller inception yes outside the guarantee", "Coverage 0.625 larger inception no ε ≤ 0.5",
         "Accuracies released privately", "ε ≤ 0.5, spent on those", "convolutional network 71.2 % 1.2 %")
    assert "real images, no privacy" not in page.text
    dpdm("report", "run", "--grid", "grid.png", "--eval", "e.json", "--class-names", "cat,dog", "--title", "Pets & more",
         "--out", "c.html")
    page = Page("c.html")
    says(page, "Class cat has only 10 test images", "Class dog has no test images", "FID 17.5 smaller not stated yes")
    assert "leaks" not in page.text and "DP-SGD" not in page.text
    says(page, "Pets & more", "outside the guarantee", "75.0 %", "real images, no privacy", "90.0 %", "17.5",
         "Classes: 0 cat, 1 dog", "Confusion matrix", "The picture was given")
    # A model file alone.
    dpdm("report", MODEL, "--grid", "grid.png", "--out", "d.html")
    page = Page("d.html")
    assert "While it trained" not in page.headings
    says(page, "differential privacy")
    assert page.tags.count("svg") == 2


def check_twin(path):
    """The JSON beside a page keeps to the published schema."""
    schema = json.load(open(os.path.join(os.environ["DPDM_SOURCE"], "docs", "report.schema.json")))
    jsonschema.Draft202012Validator.check_schema(schema)
    twin = json.load(open(path))
    jsonschema.Draft202012Validator(schema).validate(twin)
    return twin


def machines():
    """The twin and the cards say what the page says."""
    matrix = [[90, 30], [20, 220]]
    write_json("m.json", evaluation(confusion=matrix, class_accuracy=[0.75, 220 / 240], accuracy_mean=310 / 360, auroc=0.9375))
    dpdm("report", "run", "--grid", "grid.png", "--eval", "m.json", "--class-names", "cat,dog", "--title", "Pets", "--out",
         "m.html", "--twin", "m-twin.json", "--model-card", "model.md", "--data-card", "data.md")
    page, twin = Page("m.html"), check_twin("m-twin.json")
    statement = json.load(open("run/release/statement.json"))
    privacy, quality = twin["privacy"], twin["quality"]
    assert privacy["claim"] and privacy["claim_confirmed"] and privacy["epsilon_upper"] == statement["epsilon_upper"]
    assert twin["title"] == "Pets" and twin["model"]["classes"] == ["cat", "dog"] and len(twin["training"]) == 6
    (one,) = [c for c in quality["classifiers"] if c["classifier"] == quality["best"] and c["trained_on"] == "synthetic"]
    assert abs(quality["base_rate"] - 240 / 360) < 1e-12 and abs(one["balanced_accuracy"] - (0.75 + 220 / 240) / 2) < 1e-12
    assert one["auroc"] == 0.9375 and [c["images"] for c in one["by_class"]] == [120, 240]
    says(page, "right for 66.7 % of the test images", "83.3 % 93.8 %", "always one class: 66.7 %")
    for name in ("model.md", "data.md"):
        text = open(name, encoding="utf-8").read()
        assert re.match(r"---\n(.+\n)+---\n\n# Pets\n", text)
        for word in ("differential privacy** for every single image", "| 1 | dog |", "66.7 %", "83.3 %", "outside the guarantee"):
            assert word in text, (name, word)
    assert "Privacy statement" in open("model.md").read()
    dpdm("report", "run", "--grid", "grid.png", "--out", "plain.html", "--data-card", "plain.md")
    for word in ("# Synthetic images from a differentially private diffusion model", "Labels run from 0 to 1"):
        assert word in open("plain.md", encoding="utf-8").read(), word
    dpdm("report", "seeded", "--grid", "grid.png", "--out", "s.html", "--model-card", "seeded.md", "--twin", "s-twin.json")
    assert "**No privacy claim.**" in open("seeded.md").read() and "satisfies" not in open("seeded.md").read()
    assert check_twin("s-twin.json")["privacy"]["epsilon_upper"] is None
    # All or none: a name that cannot be written leaves no page either.
    dpdm("report", "run", "--grid", "grid.png", "--out", "t.html", "--twin", "none/t.json", code=1)
    assert not os.path.exists("t.html")


def neighbours():
    """Real images are shown only where asked, marked, and to the owner only."""
    told = json.loads(dpdm("report", "run", "--grid", "grid.png", "--neighbours", "data.npz", "--out", "n.html", "--json",
                           "--quiet")[0])
    assert told["private_images"] and os.stat("n.html").st_mode & 0o777 == 0o600
    page = Page("n.html")
    says(page, "Private: do not publish this page", "Private: do not publish. This part shows real training images",
         "not a measure of privacy", "nearest to it by their pixels")
    assert page.tags.count("img") == 5
    assert "do not publish" in dpdm("report", "run", "--grid", "grid.png", "--neighbours", "data.npz", "--out", "n.html",
                                    "--overwrite")[1]
    np.savez("other.npz", images=np.zeros((3, 9, 8), np.uint8), labels=np.arange(3) % 2)
    assert "other.npz" in dpdm("report", "run", "--neighbours", "other.npz", "--grid", "grid.png", "--out", "x.html",
                               code=1)[1]
    assert not os.path.exists("x.html")


def seeded():
    told = json.loads(dpdm("report", "seeded", "--out", "e.html", "--json", "--quiet")[0])
    assert not told["private"] and told["epsilon_upper"] is None
    page = Page("e.html")
    says(page, "No privacy claim", "came from a given seed", "no privacy claim: the randomness came from a given seed")
    assert "satisfies" not in page.text and page.tags.count("svg") == 1  # signal and noise
    assert "ε ≤" not in page.text and "ε spent" not in page.text


def from_nothing():
    """So much noise that the first steps, or all of them, cost an epsilon of 0."""
    for noise in (150, 1e4):
        dpdm("train", "--config", "recipe.yaml", "--prior-means-noise", 0, "--prior-covariance-noise", 0, "--noise-multiplier", noise,
             "--accountant", "pld", "--data", "data.npz", "--out", "cheap", "--overwrite", "--quiet")
        spent = [json.loads(line) for line in open("cheap/metrics.jsonl")]
        spent = [line["epsilon_upper"] for line in spent if "epsilon_upper" in line]
        assert spent[0] == 0 and (spent[-1] > 0) == (noise == 150), spent
        told = json.loads(dpdm("report", "cheap", "--out", "z.html", "--json", "--overwrite", "--quiet")[0])
        assert (told["epsilon_upper"] > 0) == (noise == 150)
        page = Page("z.html")
        says(page, "Privacy loss spent by each step", "rises from 0 after step" if noise == 150 else "ε")
        assert not re.search(r"[\s\"(,-](nan|inf)[\s\"),]", page.source), re.findall(r".{30}(?:nan|inf).{30}", page.source)


def without_statement():
    """A model that is not from `dpdm train`: no statement, no settings, colour, more classes than a matrix can show."""
    net = dict(kind="unet", height=8, width=8, channels=3, classes=30, width_base=8, multipliers=[1], blocks=1,
               attention=[], patch=1)
    config = dict(network=net, denoiser=dict(kind="v", logsnr_min=-9, logsnr_max=13))
    maker = os.path.join(os.environ["DPDM_BUILD"], "tests", "diffusion", "make_model")
    subprocess.run([maker, json.dumps(config), "bare"], check=True)
    write_json("30.json", evaluation(confusion=np.eye(30, dtype=int).tolist(), class_accuracy=[1.0] * 30))
    told = json.loads(dpdm("report", "bare", "--eval", "30.json", "--out", "f.html", "--twin", "30-twin.json", "--json", "--quiet")[0])
    assert not told["private"] and not told["claim_confirmed"]
    page = Page("f.html")
    says(page, "holds no privacy statement", "so nothing is claimed", "Results by class")
    assert "Confusion matrix" not in page.text and not {"Settings", "To repeat it"} & set(page.headings)
    assert page.tags.count("img") == 30 and 'class="heads"' not in page.source  # a picture a class
    says(page, "Synthetic images of each class")
    check_twin("30-twin.json")


def hostile():
    def spoil(texts):
        statement = texts["dpdm.statement"]
        for key in ("claim", "unit", "neighbours", "sampling", "mechanism"):
            statement[key] = HOSTILE
        statement["assumptions"] = [HOSTILE, 3, None]
        statement["not_covered"] = HOSTILE
        statement["bounds"] = {HOSTILE: {"unproven": HOSTILE}, "pld": 3}
        texts["dpdm.config"]["training"]["denoiser"] = HOSTILE
        texts["dpdm.config"]["training"][HOSTILE] = HOSTILE

    model_rewrite(MODEL, "hostile", spoil)
    value = evaluation()
    value["classifiers"][HOSTILE] = value["classifiers"]["cnn"]
    value["synthetic_images"] = HOSTILE
    write_json("h.json", value)
    dpdm("report", "hostile", "--grid", "grid.png", "--eval", "h.json", "--title", HOSTILE, "--class-names",
         HOSTILE + "," + HOSTILE, "--out", "h.html", "--twin", "h-twin.json", "--model-card", "h-model.md", "--data-card",
         "h-data.md")
    assert check_twin("h-twin.json")["model"]["classes"] == [HOSTILE, HOSTILE]
    for name in ("h-model.md", "h-data.md"):
        text = open(name, encoding="utf-8").read()
        for line in text.splitlines():
            if not line.startswith("    "):  # blocks that are shown as they are
                assert not re.search(r"(?<!\\)[<*`]\S*(script|img)", line), line
    page = Page("h.html")
    assert page.text.count("<script>alert(1)</script>") > 8
    assert "\u202e" not in page.source

    def lower(texts):
        texts["dpdm.statement"]["epsilon_upper"] /= 2

    model_rewrite(MODEL, "low", lower)
    told = json.loads(dpdm("report", "low", "--grid", "grid.png", "--out", "low.html", "--json", "--quiet")[0])
    assert told["private"] and not told["claim_confirmed"]
    says(Page("low.html"), "The claim could not be confirmed", "This is more than the statement claims")


def refusals():
    before = sorted(os.listdir("."))

    def refused(code, word, *arguments):
        _, message = dpdm("report", *arguments, code=code)
        assert word in message, (arguments, message)
        assert sorted(os.listdir(".")) == before, arguments

    refused(2, "RUN")
    refused(1, "no finished run", "none", "--out", "x.html")
    refused(1, "no finished run", ".", "--out", "x.html")
    refused(1, "--overwrite", "run", "--out", "a.html")
    refused(1, "nowhere", "run", "--out", "nowhere/x.html")
    refused(1, "none.png", "run", "--grid", "none.png", "--out", "x.html")
    refused(1, "not a PNG", "run", "--grid", "data.npz", "--out", "x.html")
    refused(1, "none.json", "run", "--eval", "none.json", "--grid", "grid.png", "--out", "x.html")
    refused(2, "3 class names", "run", "--class-names", "a,b,c", "--out", "x.html")
    refused(1, "safetensors", "data.npz", "--out", "x.html")


def damaged():
    png = open("grid.png", "rb").read()
    cases = [("cut.png", png[: len(png) // 2], "cut.png"), ("flip.png", png[:60] + b"\xff" + png[61:], "flip.png")]
    for name, data, word in cases:
        open(name, "wb").write(data)
        assert word in dpdm("report", "run", "--grid", name, "--out", "x.html", code=1)[1]
    for value, word in [
        ({}, "no classifiers"),
        ({"classifiers": {}}, "no classifiers"),
        ({"classifiers": []}, "no classifiers"),
        ({"classifiers": {"cnn": 3}}, "accuracy_mean"),
        (evaluation(accuracy_mean=1.5), "accuracy_mean"),
        (evaluation(confusion=[[1, 2]]), "confusion"),
        (evaluation(confusion=[[1, 2], [3, -1]]), "confusion"),
        (evaluation(confusion=[[1, 2], [3, "4"]]), "confusion"),
        (evaluation(confusion=[[1] * 3] * 3, class_accuracy=[0.1] * 3), "another data set"),
        (evaluation(class_accuracy=[0.1, 7]), "confusion"),
        (dict(evaluation(), classifiers_dp=[]), "no classifiers"),
        (dict(evaluation(), classifiers_dp={"cnn": {}}), "accuracy_mean"),
    ]:
        write_json("bad.json", value)
        message = dpdm("report", "run", "--grid", "grid.png", "--eval", "bad.json", "--out", "x.html", code=1)[1]
        assert word in message and "bad.json" in message, (value, message)
    open("bad.json", "w").write('{"classifiers": ')
    assert "bad.json:1" in dpdm("report", "run", "--eval", "bad.json", "--grid", "grid.png", "--out", "x.html", code=1)[1]
    for key, value, word in [("format", "dpdm-statement-9", "kind"), ("events", [], "events"),
                             ("events", [{"sampling_rate": 2, "noise_multiplier": 1, "steps": 1}], "event 1"),
                             ("delta", "small", "delta"), ("epsilon_upper", None, "epsilon")]:
        model_rewrite(MODEL, "bad", lambda texts: texts["dpdm.statement"].update({key: value}))
        message = dpdm("report", "bad", "--grid", "grid.png", "--out", "x.html", code=1)[1]
        assert word in message and "Try 'dpdm help" not in message, (key, value, message)
    good = open("run/metrics.jsonl").read()
    for line in ("{", "[]", "{}", '{"step": 9}', good.splitlines()[0].replace(":1,", ":-1,"), good.splitlines()[0]):
        open("run/metrics.jsonl", "w").write(good.splitlines()[0] + "\n" + line + "\n")
        message = dpdm("report", "run", "--grid", "grid.png", "--out", "x.html", code=1)[1]
        assert "metrics.jsonl:" in message, (line, message)
    open("run/metrics.jsonl", "w").write("")
    dpdm("report", "run", "--grid", "grid.png", "--out", "empty.html")
    assert "Figures of some steps" not in Page("empty.html").text
    open("run/metrics.jsonl", "w").write(good)
    os.truncate("run/preview/step-00000002.png", 40)
    assert "step-00000002.png" in dpdm("report", "run", "--grid", "grid.png", "--out", "x.html", code=1)[1]
    assert not os.path.exists("x.html")


with tempfile.TemporaryDirectory() as temporary:
    os.chdir(temporary)
    make_run()
    plain()
    contrast()
    figures()
    machines()
    neighbours()
    seeded()
    from_nothing()
    without_statement()
    hostile()
    refusals()
    damaged()
