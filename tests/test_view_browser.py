"""`spikesampler view` in a real browser: pages load without a complaint, and show what the viewer
asks for.
"""

import contextlib
import re
import shutil
import signal
import subprocess

import numpy as np
import pytest
from browser import Watched, chromium
from runs import command, in_this_process, options, start, undrawn
from strangers import TRIES, Forwarder, stranger

from spikesampler import Result, Sweep
from spikesampler.stats.responses import order_inputs

TOKEN = "abc-DEF_0123456789"
TINY = [
    "--samples",
    40,
    "--probe-every",
    20,
    "--probe-samples",
    10,
    "--test-samples",
    10,
    "--set",
    "I=200",
    "--set",
    "K=5",
    "--set",
    "D=2",
]


@pytest.fixture(scope="module")
def browser():
    with chromium() as found:
        yield found


class Served:
    """A server of `spikesampler view`, and the address that it printed."""

    def __init__(self, path, *more):
        self.process = start("view", path, "--no-browser", *more)
        self.said = []

    @property
    def address(self):
        if not self.said:
            self.said.append(self.process.stdout.readline().strip())
            assert self.said[0].startswith("http://127.0.0.1:"), self.process.stderr.read()
        return self.said[0]

    @property
    def port(self):
        return int(re.match(r"http://127\.0\.0\.1:(\d+)/", self.address)[1])

    def stop(self, number=signal.SIGINT):
        """Exit status, and the lines on stderr."""
        self.process.send_signal(number)
        _, err = self.process.communicate(timeout=30)
        return self.process.returncode, err.splitlines()


@pytest.fixture(scope="module")
def serve():
    """serve(path, …): a Served; all are stopped at the end."""
    running = []

    def begin(path, *more):
        running.append(Served(path, *more))
        return running[-1]

    yield begin
    for one in running:
        with contextlib.suppress(ProcessLookupError, subprocess.TimeoutExpired):
            one.stop(signal.SIGKILL)


@pytest.fixture(scope="module")
def folders(finished, cache, tmp_path_factory):
    """A finished run, a comparison, and a sweep of which one run is damaged."""
    base = tmp_path_factory.mktemp("viewed")
    for words in (
        ("compare", "fang_2018", "--arms", "none,weight", "--start", "prior,plateau", "--seeds", 2),
        (
            "sweep",
            "fang_2018",
            "--grid",
            "b=1e-4,1e-3",
            "--grid",
            "noise_scale=1,2",
            "--arms",
            "none,weight",
            "--seeds",
            2,
        ),
    ):
        with undrawn(), in_this_process():
            done = command(*words, *TINY, "--out", base / words[0])
        assert done.status == 0, done.err
    damaged = str(
        Sweep(base / "sweep").dataset["folder"].isel(b=1, noise_scale=0, arm=1, seed=0).values
    )
    with open(base / "sweep" / damaged / "learning.nc", "r+b") as file:
        file.write(b"nothing")
    return {
        "run": finished,
        "compare": base / "compare",
        "sweep": base / "sweep",
        "damaged": damaged,
    }


@pytest.fixture(scope="module")
def tunnel():
    """A port that leads to the server of the run, as `ssh -L` does."""
    with Forwarder() as port:
        yield port


@pytest.fixture(scope="module")
def proxy():
    """A proxy before the server of the run, which puts its own Host."""
    with Forwarder() as port:
        yield port


@pytest.fixture(scope="module")
def servers(folders, serve, tunnel, proxy):
    """That of the run asks for a token, and knows its proxy."""
    options = ("--token", TOKEN, "--origin", f"lab.example:{proxy.port}")
    made = {name: serve(folders[name]) for name in ("compare", "sweep")}
    made["run"] = serve(folders["run"], *options)
    tunnel.target = proxy.target = made["run"].port
    own = b"Host: 127.0.0.1:%d\r\n" % made["run"].port
    proxy.renamed = b"Host: lab.example:%d\r\n" % proxy.port, own
    return made


@pytest.fixture(scope="module")
def context(browser):
    """The browser as one person uses it: what it has loaded once it keeps."""
    with contextlib.closing(browser.new_context()) as kept:
        yield kept


@pytest.fixture
def watched(context):
    """A new viewer's page; at the end nothing may have been complained of."""
    found = Watched(context)
    yield found
    assert found.complaints == []
    for page in context.pages:
        page.close()


@pytest.fixture
def spikes(watched, servers):
    """The page of the run."""
    return watched.open(servers["run"].address)


def window(watched):
    return watched.get("[named('inputs').x_range.start, named('inputs').x_range.end]")


def drawn(watched):
    """Wait until what is drawn is the window; the kind of picture of inputs."""
    watched.wait(
        "((f) => Math.abs(f.tags[1] - f.x_range.start) < 1e-9 && Math.abs(f.tags[2] -"
        " f.x_range.end) < 1e-9)(named('inputs'))"
    )
    return watched.get("named('inputs').tags[0]")


def wheel(watched, amount, name="inputs"):
    """Turn the wheel in the middle of a figure and wait for the picture."""
    before, (x, y, width, height) = window(watched), watched.box(name)
    watched.page.mouse.move(x + width / 2, y + height / 2)
    watched.page.mouse.wheel(0, amount)
    watched.wait(f"named('inputs').x_range.start != {before[0]}")
    return drawn(watched)


def pixels(watched, name):
    """The figure as the viewer sees it, as the bytes of a PNG."""
    x, y, width, height = watched.box(name)
    watched.page.evaluate(
        "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
    )
    return watched.page.screenshot(clip={"x": x, "y": y, "width": width, "height": height})


def assert_spikes(watched, result, population, order):
    """That single spikes are those of the run in the window, each in its row."""
    start, stop = window(watched)
    times, ids = result.spikes(population, start, stop)
    name = f"{population} spikes"
    found = watched.get(
        f"['time', 'neuron', 'low', 'high'].map(k => Array.from(named('{name}').data[k]))"
    )
    np.testing.assert_array_equal(found[0], times)
    np.testing.assert_array_equal(found[1], ids)
    np.testing.assert_allclose(
        (np.array(found[2]) + found[3]) / 2, np.argsort(order)[ids], atol=1e-9
    )


# --- a run -----


def test_the_first_picture_is_the_whole_run(spikes, finished):
    result = Result(finished)
    assert spikes.page.title().startswith(finished.name)
    assert window(spikes) == [0, 40]
    assert drawn(spikes) == "times"
    image = spikes.get("((i) => [Array.from(i), i.shape])(named('inputs image').data.image[0])")
    assert len(image[0]) == np.prod(image[1]) > 10_000
    assert 0 not in image[0]  # all is recorded
    seen = spikes.text()
    assert f"{result.populations['inputs']:,} spikes of inputs".replace(",", " ") in seen
    assert f"test accuracy {result.test_accuracy:.3f}" in seen
    curve = spikes.get("Array.from(named('learning curves').data.probe)")
    np.testing.assert_array_equal(curve, result.learning["probe_accuracy"])


def test_zooming_changes_the_picture_down_to_single_spikes(spikes, finished):
    before = pixels(spikes, "inputs"), window(spikes)
    kinds = [wheel(spikes, -600) for _ in range(3)]
    after = pixels(spikes, "inputs"), window(spikes)
    assert after[0] != before[0]
    assert after[1][1] - after[1][0] < (before[1][1] - before[1][0]) / 10
    assert kinds[-1] == "spikes"
    result = Result(finished)
    order, _ = order_inputs(result.learning["input_class_rate"].values)
    assert_spikes(spikes, result, "inputs", order)
    assert_spikes(spikes, result, "outputs", np.arange(5))
    assert spikes.get("named('inputs image').data.image.length") == 0
    spikes.page.get_by_role("button", name="All").click()
    spikes.wait("named('inputs').x_range.end == 40")
    assert drawn(spikes) == "times"
    assert spikes.get("named('inputs image').data.image.length") == 1


def test_dragging_moves_all_panels(spikes):
    wheel(spikes, -600)
    start, stop = window(spikes)
    x, y, width, height = spikes.box("outputs")
    spikes.page.mouse.move(x + width / 2, y + height / 2)
    spikes.page.mouse.down()
    spikes.page.mouse.move(x + width / 2 - 120, y + height / 2, steps=4)
    spikes.page.mouse.up()
    spikes.wait(f"named('inputs').x_range.start > {start} + 1e-6")
    drawn(spikes)
    moved = window(spikes)
    assert moved[1] - moved[0] == pytest.approx(stop - start)
    for name in ("samples", "outputs", "rates"):
        assert spikes.get(f"[named('{name}').x_range.start, named('{name}').x_range.end]") == moved


def test_a_click_on_the_learning_curve_goes_to_the_sample(spikes, finished):
    learning = Result(finished).learning
    x, y, _, height = spikes.box("overview")
    frame = spikes.get(
        "((v) => [v.frame.bbox.left, v.frame.bbox.width])(Bokeh.index.find_one(named('overview')))"
    )
    spikes.page.mouse.click(x + frame[0] + 0.75 * frame[1], y + height / 3)
    spikes.wait("named('inputs').x_range.start > 0")
    drawn(spikes)
    start, stop = window(spikes)
    assert stop - start == pytest.approx(2)  # ten samples around it
    sample = int((start + stop) / 2 / 0.2)
    assert abs(sample - 150) <= 1  # a pixel is 0.04 s
    label, response = int(learning["label"][sample]), int(learning["response"][sample])
    counts = ", ".join(map(str, learning["spike_counts"].values[sample]))
    answer = "tied" if response < 0 else response
    told = f"sample {sample} : label {label}, response {answer}, output spikes {counts}"
    spikes.page.get_by_text(re.compile(f"sample {sample}:")).wait_for()
    assert told in spikes.text()
    cells = spikes.get("['sample', 'label'].map(k => Array.from(named('cells').data[k]))")
    np.testing.assert_array_equal(learning["label"].values[cells[0]], cells[1])
    assert sample in cells[0]


def test_inputs_can_be_sorted_by_position(spikes, finished):
    for _ in range(3):
        wheel(spikes, -600)
    spikes.page.get_by_label("Sort inputs by").select_option("position, axis 2")
    spikes.wait("named('inputs').left[0].axis_label.endsWith('by position, axis 2')")
    drawn(spikes)
    from spikesampler.view.viewed_run import open_run

    shown = open_run(finished)
    assert_spikes(spikes, Result(finished), "inputs", np.argsort(shown.centres[:, 1]))


def test_the_slider_changes_the_weights(spikes, finished):
    theta = Result(finished).learning["theta"].values
    spikes.page.get_by_text("Weights", exact=True).click()
    spikes.wait("named('weights 3') && named('weights 3').data.w.length == 200")

    def shown():
        place, weights = spikes.get(
            "['input', 'w'].map(k => Array.from(named('weights 3').data[k]))"
        )
        return np.array(weights)[np.argsort(place)]

    np.testing.assert_array_equal(shown(), np.exp(theta[-1, 3] - 3.0))
    before, counts = (
        pixels(spikes, "output 3"),
        spikes.get("Array.from(named('theta histogram').data.top)"),
    )
    spikes.page.locator(".noUi-handle").first.focus()
    spikes.page.keyboard.press("Home")
    spikes.wait(
        f"Math.abs(Math.max(...named('weights 3').data.w) - {np.exp(theta[0, 3] - 3.0).max()}) <"
        " 1e-12"
    )
    np.testing.assert_array_equal(shown(), np.exp(theta[0, 3] - 3.0))
    assert pixels(spikes, "output 3") != before
    assert spikes.get("Array.from(named('theta histogram').data.top)") != counts


def test_other_tabs_show_the_test_and_how_it_was_made(spikes, finished):
    result = Result(finished)
    spikes.page.get_by_text("Test", exact=True).click()
    spikes.page.get_by_text("50 test samples").wait_for()
    assert f"accuracy {result.test_accuracy:.3f} of {result.bayes_accuracy:.3f}" in spikes.text()
    spikes.page.get_by_text("How it was made", exact=True).click()
    spikes.page.get_by_role("cell", name="tuning_width").wait_for()
    seen = spikes.text()
    assert "tuning_width 0.3 from code: Kappel et al. 2015" in seen
    assert "I 200 stated" in seen


# --- strangers, tunnels and proxies -----


def assert_alive(watched):
    """That the page draws what the viewer asks for."""
    before = window(watched)
    wheel(watched, -600)
    assert window(watched)[1] - window(watched)[0] < (before[1] - before[0]) / 2


def test_a_tunnel_to_another_port_works_as_it_is(watched, servers, tunnel):
    watched.open(f"http://localhost:{tunnel.port}/?token={TOKEN}")
    assert_alive(watched)


def test_a_proxy_works_with_its_origin(watched, servers, proxy):
    watched.open(f"http://lab.example:{proxy.port}/?token={TOKEN}")
    assert_alive(watched)
    # one of our headers is for https and this machine alone, and Chromium says so
    (said,) = watched.complaints
    assert said.startswith("The Cross-Origin-Opener-Policy header has been ignored")
    watched.complaints.clear()


def test_a_name_that_leads_here_is_not_answered(browser, servers):
    """DNS rebinding, though the stranger knows the token."""
    at = f"evil.example:{servers['run'].port}"
    context = browser.new_context()
    page = context.new_page()
    assert page.goto(f"http://{at}/?token={TOKEN}").status == 403
    assert "was not opened for evil.example" in page.inner_text("body")
    asked = f"fetch('http://{at}/?token={TOKEN}').then(answer => answer.status)"
    assert page.evaluate(asked) == 403
    found = page.evaluate(TRIES, at)
    # its own origin: the answers come, and are refusals
    assert {name for name, end in found.items() if end == "answered"} <= {
        "fetch",
        "fetch with the cookie",
        "fetch without CORS",
    }
    context.close()


@pytest.mark.parametrize("host", ["127.0.0.1", "evil.example"])
def test_pages_of_others_cannot_use_the_viewer(browser, servers, tunnel, host):
    """One of another port of this machine, to which the browser gives the viewer's cookie, too; and
    one of another site.
    """
    own = f"127.0.0.1:{tunnel.port}"
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"http://{own}/?token={TOKEN}")
    answer = page.goto(f"http://{own}/", wait_until="networkidle")
    assert answer.status == 200  # by its cookie
    page.goto("about:blank")
    page.wait_for_timeout(500)  # for what the viewer's page had asked for
    tunnel.answers.clear()
    with stranger() as port:
        page.goto(f"http://{host}:{port}/?http://{own}/")
        found = page.evaluate(TRIES, own)
    assert set(found.values()) == {"refused"}, found
    assert tunnel.answers == [403] * (1 + len(found))  # the first is that of a frame
    context.close()


def test_a_frame_stays_empty_and_a_link_opens_a_tab_of_its_own(browser, servers):
    """A stranger who knows the address, token and all, can have it opened, and cannot look into
    it.
    """
    context = browser.new_context()
    page = context.new_page()
    with stranger() as port:
        page.goto(f"http://127.0.0.1:{port}/?{servers['run'].address}")
        (framed,) = page.main_frame.child_frames
        assert framed.url.startswith("chrome-error:")
        with context.expect_page() as opened:
            page.get_by_role("link", name="look").click()
        opened.value.wait_for_function("() => window.Bokeh && Bokeh.documents.length")
        assert opened.value.evaluate("window.opener") is None
    context.close()


# --- a comparison and a sweep -----


def test_a_comparison_shows_curves_differences_verdicts_and_leads_to_its_runs(
    watched, servers, folders
):
    from spikesampler import Comparison

    watched.open(servers["compare"].address)
    watched.page.get_by_text("Paired differences").or_(
        watched.page.get_by_text("Verdicts")
    ).first.wait_for()
    titles = watched.get(
        "[...Bokeh.documents[0]._all_models.values()].filter(m => m.type == 'Title').map(m =>"
        " m.text)"
    )
    assert {
        "probe accuracy",
        "online accuracy (the label leaks in)",
        "Paired differences, seed by seed",
    } <= set(titles)
    seen = watched.text()
    row = next(
        one
        for one in Comparison(folders["compare"]).table
        if (one["arm"], one["start"]) == ("weight", "prior")
    )
    assert (
        f"{row['test_accuracy']:.3f} [{row['test_accuracy_low']:.3f},"
        f" {row['test_accuracy_high']:.3f}]" in seen
    )
    for verdict in Comparison(folders["compare"]).verdicts:
        assert re.sub(r"\s+", " ", verdict.numbers) in seen
    with watched.page.expect_popup() as opened:
        watched.page.get_by_role("link", name="weight-plateau-seed2").click()
    watched.watch(opened.value)
    opened.value.get_by_text("fang_2018, noise: weight, start plateau, seed 2").wait_for()


def test_a_click_on_a_cell_of_a_sweep_opens_its_run(watched, servers):
    """The map shows b across and noise_scale up; the second arm, weight, is on its slider."""
    watched.open(servers["sweep"].address)
    heat = "[...Bokeh.documents[0]._all_models.values()].find(m => m.type == 'Figure')"
    box = "(v) => { const r = v.el.getBoundingClientRect(), b = v.frame.bbox; "
    box += "return [r.x + b.left, r.y + b.top, b.width, b.height] }"
    x, y, width, height = watched.get(f"({box})(Bokeh.index.find_one({heat}))")
    with watched.page.expect_popup() as opened:
        watched.page.mouse.click(x + 0.25 * width, y + 0.25 * height)  # b = 1e-4, noise_scale = 2
    page = opened.value
    watched.watch(page)
    page.get_by_text("fang_2018, noise: weight, start prior, seed 1").wait_for()
    page.get_by_text("How it was made", exact=True).click()
    page.get_by_role("cell", name="noise_scale").wait_for()
    seen = watched.text()
    assert "noise_scale 2 our choice: default of every model changed" in seen
    assert "b 0.0001 1/second" in seen


def test_the_map_of_a_sweep_follows_its_sliders(watched, servers, folders):
    dataset = Sweep(folders["sweep"]).dataset
    watched.open(servers["sweep"].address)
    shown = (
        "[...Bokeh.documents[0]._all_models.values()].filter(m => m.type == 'ColumnDataSource' &&"
        " m.data.zvalues).map(m => Array.from(m.data.zvalues)).pop()"
    )

    def expected(arm, measure="test_accuracy"):
        return dataset[measure].sel(arm=arm).mean("seed").values

    def assert_shown(values):
        watched.wait(f"Math.abs({shown}.reduce((a, b) => a + b) - {values.sum()}) < 1e-9")
        assert sorted(watched.get(shown)) == pytest.approx(sorted(values.ravel()))

    assert abs(expected("none").sum() - expected("weight").sum()) > 1e-6
    assert_shown(expected("weight"))
    watched.page.get_by_label("arm").select_option("none")
    assert_shown(expected("none"))
    watched.page.get_by_label("Measure").select_option("online accuracy (the label leaks in)")
    assert_shown(expected("none", "online_accuracy"))
    watched.page.get_by_label("Seed").select_option("2")
    assert_shown(dataset["online_accuracy"].sel(arm="none", seed=2).values)
    watched.page.get_by_label("Across").select_option("arm")
    assert_shown(
        dataset["online_accuracy"].sel(seed=2, b=1e-4).values
    )  # noise_scale up, b on its slider


def test_a_damaged_run_shows_its_message(watched, servers, folders):
    watched.open(f"{servers['sweep'].address}run?folder={folders['damaged']}")
    told = watched.page.get_by_role("alert").inner_text()
    assert "learning.nc is damaged: its SHA-256 is" in told
    assert "restore it from a copy, or run again" in told


@pytest.mark.parametrize(
    "name", ["nothing", "..", "../compare", "%2e%2e%2fcompare%2fnone-prior-seed1", ""]
)
def test_only_runs_of_the_folder_are_shown(watched, servers, name):
    watched.open(f"{servers['sweep'].address}run?folder={name}")
    assert "is no run in" in watched.page.get_by_role("alert").inner_text()


# --- a run that goes on, a run that is damaged, the end -----


def test_a_run_that_goes_on_is_followed_to_its_end(watched, serve, tmp_path):
    """By itself: the page is never loaded again."""
    going = start(
        "run",
        "fang_2018",
        *options(samples=400_000, probe_every=200, probe_samples=20, record="windows"),
        "--out",
        tmp_path / "going",
    )
    try:
        while "200 of" not in going.stderr.readline():
            assert going.poll() is None
        watched.open(serve(tmp_path / "going").address)
        watched.page.get_by_text("this page follows").wait_for()
        watched.get("window.here = 1")
        first = watched.get("named('learning curves').data.time.length")
        watched.wait(f"named('learning curves').data.time.length > {first} + 1")
        samples = "Math.round(named('overview').x_range.end / 0.2)"
        watched.wait(
            f"named('state').text.includes(`running: ${{{samples}}} of 400000 samples so far`)"
        )
        time = watched.get("Array.from(named('learning curves').data.time)")
        np.testing.assert_allclose(time, 40.0 * np.arange(len(time)))
        assert watched.get("window.here") == 1
    finally:
        going.kill()
        going.communicate()


@pytest.mark.slow  # a server of its own
def test_a_run_that_ends_becomes_a_finished_one(watched, serve, tmp_path):
    process = start(
        "run", "fang_2018", *options(samples=1000, probe_every=100), "--out", tmp_path / "ending"
    )
    while "100 of" not in process.stderr.readline():
        assert process.poll() is None
    process.send_signal(signal.SIGSTOP)
    try:
        watched.open(serve(tmp_path / "ending").address)
        watched.page.get_by_text("this page follows").wait_for()
        assert watched.page.get_by_text("Test", exact=True).count() == 0
    finally:
        process.send_signal(signal.SIGCONT)
    process.communicate()
    assert process.returncode == 0
    watched.page.locator("[data-state=finished]").wait_for()
    accuracy = Result(tmp_path / "ending").test_accuracy
    assert "1000 samples" in watched.page.inner_text("[data-state]")
    assert f"test accuracy {accuracy:.3f}" in watched.page.inner_text("[data-state]")
    assert watched.page.get_by_text("Test", exact=True).count() == 1


@pytest.mark.slow  # a server of its own
def test_damage_is_said_on_the_terminal_and_on_the_page(watched, serve, finished, tmp_path):
    folder = shutil.copytree(finished, tmp_path / "damaged")
    data = bytearray((folder / "spikes.h5").read_bytes())
    data[len(data) // 2] ^= 1
    (folder / "spikes.h5").write_bytes(data)
    served = serve(folder)
    watched.open(served.address)
    assert "spikes.h5 is damaged: its SHA-256 is" in watched.page.get_by_role("alert").inner_text()
    status, said = served.stop()
    assert status == 0
    assert any(
        line.startswith("spikesampler: ") and "spikes.h5 is damaged" in line for line in said
    )


@pytest.mark.slow  # a server of its own
def test_a_run_without_spikes_says_what_to_record(watched, serve, cache, tmp_path):
    done = command(
        "run",
        "fang_2018",
        *options(samples=20, record="none", test_samples=10),
        "--out",
        tmp_path / "none",
    )
    assert done.status == 0, done.err
    watched.open(serve(tmp_path / "none").address)
    told = watched.page.get_by_role("alert").inner_text()
    assert (
        "holds no spikes of its inputs: run it again with --record windows or --record all" in told
    )
    assert len(watched.get("Array.from(named('learning curves').data.probe)")) == 3


def test_ctrl_c_ends_it(servers):
    """Last: the comparison's server is not needed any more."""
    assert servers["compare"].stop() == (0, ["spikesampler: stop with Ctrl-C"])
