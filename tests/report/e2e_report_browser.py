#!/usr/bin/python3
"""A report in a real browser, where there is one: nothing hangs over the edge on a phone or a wide screen, every picture
is shown, nothing is fetched, and it prints."""
import http.server
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading

import numpy as np

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
RECIPE = dict(height=8, width=8, channels=1, classes=10, records=60, width_base=8, multipliers="[1]", blocks=1,
              attention="none", batch=12, steps=6, multiplicity=2, noise_multiplier=2, delta=1e-3, preview_every=2)
FRAME = """<!doctype html><title>waiting</title><body style="margin:0">
<iframe src="%s" style="border:0;width:%dpx;height:4000px"></iframe><script>
onload = () => {
  const page = document.querySelector("iframe").contentDocument, root = page.documentElement;
  const wide = [...page.querySelectorAll("body *")].filter(e => !e.closest(".scroll, pre, .skip") &&
    e.getBoundingClientRect().right > root.clientWidth + 1).map(e => e.tagName);
  document.title = JSON.stringify({over: root.scrollWidth - root.clientWidth, wide: wide,
    images: [...page.images].filter(i => i.complete && i.naturalWidth > 0).length, all: page.images.length,
    styled: getComputedStyle(page.querySelector(".tiles")).display, dark: getComputedStyle(page.body).backgroundColor});
};</script>"""


def dpdm(*arguments):
    subprocess.run([os.environ["DPDM"], *map(str, arguments)], check=True, capture_output=True)


def browse(*arguments):
    return subprocess.run([BROWSER, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={os.getcwd()}/profile",
                           *arguments], check=True, capture_output=True, text=True, timeout=250).stdout


def make_report():
    images = (np.arange(60 * 64) * 37 % 251).astype(np.uint8).reshape(60, 8, 8)
    np.savez("data.npz", images=images, labels=np.arange(60) % 10)
    with open("recipe.yaml", "w") as file:
        file.writelines(f"{key}: {value}\n" for key, value in RECIPE.items())
    one = dict(accuracy_mean=0.5, accuracy_best=0.5, class_accuracy=[0.5] * 10, confusion=[[100] * 10] * 10)
    rival = dict(one, epsilon_upper=10, private=True)
    with open("eval.json", "w") as file:
        json.dump(dict(classifiers=dict(cnn=one), classifiers_dp=dict(cnn=rival), protocol="paper", protocol_leaks=True,
                       fidelity=dict(features=dict(name="inception"), fid=dict(value=12.5))), file)
    dpdm("train", "--config", "recipe.yaml", "--data", "data.npz", "--out", "run")
    dpdm("report", "run", "--eval", "eval.json", "--neighbours", "data.npz", "--class-names",
         ",".join(["a rather long name"] * 10), "--title", "W" * 200, "--out", "site/report.html")


class Quiet(http.server.SimpleHTTPRequestHandler):
    asked = []

    def do_GET(self):
        self.asked.append(self.path)
        super().do_GET()

    def log_message(self, *arguments):
        pass


def measure(server, width, name="report.html"):
    with open("site/frame.html", "w") as file:
        file.write(FRAME % (name, width))
    page = browse("--window-size=1400,1000", "--virtual-time-budget=20000", "--dump-dom",
                  f"http://127.0.0.1:{server.server_port}/frame.html")
    found = json.loads(re.search(r"<title>(.*?)</title>", page).group(1).replace("&quot;", '"'))
    assert found["over"] == 0 and found["wide"] == [], (width, found)
    assert found["images"] == found["all"] == 5 and found["styled"] == "grid", (width, found)


if not BROWSER:
    print("skipped: no browser")
    sys.exit(0)
with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as temporary:
    os.chdir(temporary)
    os.mkdir("site")
    make_report()
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), lambda *a: Quiet(*a, directory=os.path.join(temporary, "site")))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    for screen in (320, 400, 1200):
        measure(server, screen)
    # As it is printed: the rules for print, on a page of A4 less its margins; nothing scrolls there, so all must fit.
    with open("site/report.html") as page, open("site/print.html", "w") as file:
        file.write(page.read().replace("@media print", "@media all"))
    measure(server, 673, "print.html")
    server.shutdown()
    assert set(Quiet.asked) <= {"/frame.html", "/report.html", "/print.html", "/favicon.ico"}, Quiet.asked
    browse("--no-pdf-header-footer", "--print-to-pdf=report.pdf", f"file://{temporary}/site/report.html")
    assert len(re.findall(rb"/Type\s*/Page\b", open("report.pdf", "rb").read())) >= 3
    browse("--window-size=1200,2000", "--screenshot=report.png", f"file://{temporary}/site/report.html")
    assert open("report.png", "rb").read(8) == b"\x89PNG\r\n\x1a\n" and os.path.getsize("report.png") > 20000
