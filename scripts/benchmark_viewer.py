"""How fast is `spikesampler view`? A recording of 10⁸ spikes in a headless Chromium on this
machine.

Measured are the start with and without the index of spikes, the time from opening the page to its
first picture, the time from turning the wheel or moving the mouse to the new picture, and the
server's peak memory. A picture counts as there when the frame after the one in which it was painted
begins. As a reference, the same recording is read once as a scatter plot of all spikes would read
it. Part of benchmark.py (--viewer).
"""

import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
READY = "window.Bokeh && Bokeh.documents.length && Bokeh.documents[0].is_idle"
PAINTED = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
BOX = """() => {
const inputs = Bokeh.documents[0].get_model_by_name('inputs');
const r = Bokeh.index.find_one(inputs).el.getBoundingClientRect();
return [r.x, r.y, r.width, r.height] }"""
# remembers the window and when the viewer last did something
ARM = """() => {
const x = Bokeh.documents[0].get_model_by_name('inputs').x_range; window.before = [x.start, x.end];
if (!window.armed) { window.armed = true;
    const act = () => window.acted = performance.now();
    for (const one of ['wheel', 'mousemove']) addEventListener(one, act, true) }}"""
# ms from then until the picture of the new window is on the screen; -1 where the window cannot move
# further
DRAWN = """() => new Promise(done => {
const figure = Bokeh.documents[0].get_model_by_name('inputs'), x = figure.x_range;
const began = performance.now();
const same = (a, b) => Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(b));
const look = () => { const [kind, start, end] = figure.tags;
    const moved = x.start != window.before[0] || x.end != window.before[1];
    const waited = performance.now() - began;
    const drawn = () => done([performance.now() - window.acted, kind]);
    if (moved && same(start, x.start) && same(end, x.end))
        requestAnimationFrame(() => requestAnimationFrame(drawn));
    else if (waited > (moved ? 10000 : 400)) done([moved ? 10000 : -1, kind]);
    else setTimeout(look, 2) }; look() })"""


def recording(folder, quick, seed):
    """A run with every spike kept: 9.97e7 of the inputs, or with --quick a fourteenth of them."""
    from spikesampler import run

    return run(
        "fang_2018",
        noise="weight",
        start="plateau",
        samples=3_000 if quick else 43_200,
        probe_every=300 if quick else 1_000,
        test_samples=10,
        probe_samples=10,
        record="all",
        seed=seed,
        out=Path(folder) / "run",
        progress=lambda *_: None,
    )


def serve(path):
    """The server's process, the address that it printed, and the seconds until then."""
    start = time.perf_counter()
    command = [sys.executable, "-m", "spikesampler", "view", str(path), "--no-browser"]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    address = process.stdout.readline().strip()
    if not address.startswith("http://"):
        sys.exit("benchmark: the viewer did not start")
    return process, address, time.perf_counter() - start


def peak_mib(process):
    """Peak resident memory of a process."""
    lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 1024


def first_pictures(browser, address, times):
    """Seconds from opening the page to its first picture, each in a browser that has nothing of
    it.
    """
    for _ in range(times):
        context = browser.new_context(viewport={"width": 1300, "height": 1150})
        page, start = context.new_page(), time.perf_counter()
        page.goto(address)
        page.wait_for_function(
            f"{READY} && Bokeh.documents[0].get_model_by_name('inputs').tags.length == 3"
        )
        page.evaluate(PAINTED)
        yield time.perf_counter() - start
        context.close()


def moves(browser, address, rounds, seed):
    """(what was done, kind of picture, ms) of zooms into single spikes, drags there, and zooms out
    again.
    """
    page, rng = browser.new_page(viewport={"width": 1300, "height": 1150}), random.Random(seed)
    page.goto(address)
    page.wait_for_function(READY)
    page.evaluate(PAINTED)
    x, y, width, height = page.evaluate(BOX)
    middle = y + height / 2

    def act(name, function):
        page.evaluate(ARM)
        function()
        milliseconds, kind = page.evaluate(DRAWN)
        return [(name, kind, milliseconds)] if milliseconds >= 0 else []

    def drag():
        page.mouse.down()
        page.mouse.move(x + 0.4 * width, middle, steps=3)
        page.mouse.up()

    for _ in range(rounds):
        page.mouse.move(x + rng.uniform(0.2, 0.8) * width, middle)
        for _ in range(12):
            yield from act("zoom in", lambda: page.mouse.wheel(0, -240))
        for _ in range(14):
            page.mouse.move(x + 0.5 * width, middle)
            yield from act("drag", drag)
            yield from act("zoom out", lambda: page.mouse.wheel(0, 240))
    page.close()


def quantile(values, share):
    """The smallest value that at least this share of the values is not above."""
    return sorted(values)[max(0, -int(-share * len(values) // 1) - 1)]


def report(pictures):
    """A line per action and kind of picture, and one for all."""
    groups = {}
    for name, kind, milliseconds in pictures:
        groups.setdefault(f"{name} to {kind}", []).append(milliseconds)
    groups["all moves"] = [milliseconds for values in groups.values() for milliseconds in values]
    for what, values in groups.items():
        median, high = quantile(values, 0.5), quantile(values, 0.95)
        print(
            f"viewer: {what:<18}{len(values):>4} times: median {median:.0f} ms, 95 % within"
            f" {high:.0f} ms"
        )


def read_all(result):
    """Seconds to read all spikes once."""
    start = time.perf_counter()
    for name in result.populations:
        result.spikes(name)
    return time.perf_counter() - start


def serve_twice(path):
    """As `serve`, of a second server, which finds the index of spikes; prints the start of both."""
    process, _, first = serve(path)
    process.terminate()
    process.wait()
    process, address, second = serve(path)
    print(
        f"viewer: from the command to its address {first:.1f} s, {second:.1f} s where"
        " the index is kept"
    )
    return process, address


def main(quick, seed):
    """Measure and print."""
    from playwright.sync_api import sync_playwright

    from spikesampler.environment import variable

    path = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if path is None:
        sys.exit("benchmark: no chromium here: install it (Debian: apt install chromium)")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        if variable("SPIKESAMPLER_CACHE") is None:
            os.environ["SPIKESAMPLER_CACHE"] = str(Path(folder) / "cache")
        result = recording(folder, quick, seed)
        reading, spikes = read_all(result), sum(result.populations.values())
        print(f"viewer: {spikes:.3g} spikes; reading all of them once takes {reading:.1f} s")
        process, address = serve_twice(result.path)
        root = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=path, args=[*root, "--disable-gpu"])
        firsts = list(first_pictures(browser, address, 3 if quick else 7))
        worst, median = max(firsts), quantile(firsts, 0.5)
        print(
            f"viewer: first picture {median:.2f} s after the page opens, at most {worst:.2f} s; to"
            f" read all spikes takes {reading / median:.1f} times as long"
        )
        report(moves(browser, address, 2 if quick else 6, seed))
        print(f"viewer: peak memory of the server {peak_mib(process):.0f} MiB")
        browser.close()
        process.terminate()
        process.wait()
