"""Runs of a network of layers: every pathway and layer is kept, goes on, is compared and is read
like the one of a short model.

The network is tests/models/circuit.py: inputs -> hidden (three circuits) -> outputs, which hear
themselves 5 ms later by synapses that tire.
"""

import json

import numpy as np
import pytest
from runs import bits, command, in_this_process, undrawn
from test_going_on import assert_same_run

from spikesampler import Result, compare, run, sweep
from spikesampler.errors import DamagedError, InputError, Interrupted
from spikesampler.experiments import StopLearning, objective_of
from spikesampler.experiments.phases import Runner
from spikesampler.experiments.prepare import prepare
from spikesampler.experiments.saddle import saddle_path
from spikesampler.experiments.settings import resolve
from spikesampler.spiking.build import build
from spikesampler.store.manifest import write_manifest

SETTINGS = {
    "model": "tests/models/circuit.py",
    "set": {"I": 40, "K": 3, "D": 2},
    "noise": "weight",
    "seed": 3,
    "samples": 24,
    "probe_every": 8,
    "probe_samples": 6,
    "test_samples": 10,
    "record": "all",
    "average": 3,
}
H, K, I = 12, 3, 40
MAIN, LATERAL = "outputs.hidden", "outputs.outputs"
SHAPES = {"hidden": (H, I), MAIN: (K, H), LATERAL: (K, K)}


def quiet(done, total, text):
    pass


@pytest.fixture(scope="module")
def settings(request):
    """SETTINGS, with the model by its path from anywhere."""
    path = request.config.rootpath / SETTINGS["model"]
    return SETTINGS | {"model": path}


@pytest.fixture(scope="module")
def result(settings, cache, tmp_path_factory):
    return run(**settings, out=tmp_path_factory.mktemp("circuit") / "run", progress=quiet)


@pytest.fixture(scope="module")
def without_lateral(settings, tmp_path_factory):
    """without_lateral(fields): settings of the model whose outputs hear the hidden layer alone, by
    a pathway with these fields.
    """

    def changed(fields=""):
        text = settings["model"].read_text()
        begin, end = (
            text.index('            "hidden": dict(),'),
            text.index("        },\n    ),\n}"),
        )
        text = f'{text[:begin]}            "hidden": dict({fields}),\n{text[end:]}'
        path = tmp_path_factory.mktemp("changed") / "straight.py"
        path.write_text(text)
        return settings | {"model": path}

    return changed


# --- what a folder holds -----


def test_pathways_have_names_shapes_and_rules(result):
    assert result.layers == ["hidden", "outputs"]
    assert result.pathways == [*SHAPES]
    for name, shape in SHAPES.items():
        learnt = result.pathway(name)
        assert learnt.theta.shape == learnt.weights.shape == shape
        assert learnt.theta_path.shape == (4, *shape)
    assert result.pathway("outputs").name == result.main.name == MAIN
    np.testing.assert_array_equal(result.theta, result.pathway(MAIN).theta)
    hidden, lateral = result.pathway("hidden"), result.pathway(LATERAL)
    assert (hidden.source, hidden.groups, hidden.delay) == ("inputs", 3, 0.0)
    assert (lateral.source, lateral.groups, lateral.delay) == ("outputs", 1, 0.005)
    assert list(lateral.states) == ["gain"]
    assert list(hidden.rule.learning) == ["output"]
    with pytest.raises(InputError, match=r"no pathway 'hiden' in .*; it has hidden, outputs\.hid"):
        result.pathway("hiden")


def test_weights_are_those_of_each_pathways_own_text(result):
    """Independent of the evaluator: e^(theta - 3), of lateral synapses times their gain."""
    hidden, lateral = result.pathway("hidden"), result.pathway(LATERAL)
    np.testing.assert_allclose(hidden.weights, np.exp(hidden.theta - 3), rtol=1e-12)
    gain = lateral.states["gain"].values
    assert gain.min() < 0.999  # it did tire
    np.testing.assert_allclose(lateral.weights, gain * np.exp(lateral.theta - 3), rtol=1e-12)
    np.testing.assert_allclose(lateral.weights_at(0), np.exp(lateral.theta_path[0] - 3), rtol=1e-12)


def test_theta_at_the_start_is_drawn_by_pathway(settings, result):
    prepared = prepare(resolve(**settings))
    for name, one in prepared.begun.items():
        start = result.pathway(name).theta_path[0]
        np.testing.assert_array_equal(start, one.theta)
        assert start.std() > 0.1
    drawn = [result.pathway(name).theta_path[0].values for name in (MAIN, LATERAL)]
    assert not np.isclose(drawn[0][0, :3], 0.5 + 2 * drawn[1][0]).any()  # streams of their own


def test_numbers_are_those_that_the_engine_gave(settings, result, tmp_path):
    """The first chunk shown again: theta of each pathway, all spikes, counts."""
    asked = resolve(**settings)
    prepared = prepare(asked)
    runner = Runner(asked, prepared, build(prepared.structure), tmp_path)
    chunk = runner.learn_chunk(runner.start, 0, 8, record_inputs=True)
    np.testing.assert_array_equal(result.pathway("outputs").theta_path[1], chunk.state.theta)
    for name in ("hidden", LATERAL):
        expected = chunk.state.others[name].theta
        np.testing.assert_array_equal(result.pathway(name).theta_path[1], expected)
        assert np.any(expected != prepared.begun[name].theta)
    np.testing.assert_array_equal(result.learning["spike_counts"][:8], chunk.counts)
    expected = {"inputs", "hidden", "hidden.rest", "outputs", "teacher"}
    assert {*result.populations} == {*chunk.spikes} == expected
    for population, spikes in chunk.spikes.items():
        times, ids = result.spikes(population, stop=8 * 0.2)
        np.testing.assert_allclose(times, spikes.times, rtol=1e-12)
        np.testing.assert_array_equal(ids, spikes.neurons)


def test_a_layer_has_rates_and_histograms(result):
    """Three circuits of 200 Hz, 4.8 s: 2880 spikes, 5 standard errors are 9 %."""
    rates = result.rates("hidden")
    assert rates.dims == ("neuron_hidden",)
    assert rates.shape == (H,)
    assert float(rates.sum()) == pytest.approx(600, rel=0.1)
    _, ids = result.spikes("hidden")
    np.testing.assert_allclose(rates, np.bincount(ids.astype(int), minlength=H) / 4.8)
    assert result.psth("hidden").shape == (K, H, 20)
    assert len(result.isi("hidden", neurons=[2])[0]) == (ids == 2).sum() - 1
    with pytest.raises(InputError, match=r"neuron 12 of the hidden: .* has 0 to 11"):
        result.rates("hidden", neurons=12)


def test_events_of_a_layer_are_numbered_by_its_neurons(result):
    """An event is where the adaptation, half more at each spike, passes the bound: the third spike
    of three in a row, so there are less events than a third of the spikes.
    """
    assert result.own_events == ["hidden.rest"]
    assert 0 < result.populations["hidden.rest"] < result.populations["hidden"] / 3
    _, ids = result.spikes("hidden.rest")
    assert ids.max() >= K
    assert result.rates("hidden.rest").dims == ("neuron_hidden",)


def test_variables_of_a_layer_are_recorded(settings, tmp_path):
    """a follows from the layer's own spikes and events: half more at each, 0 at an event, and
    between them it falls. tired follows from a and from the signal, which is the outputs'.
    """
    asked = {"record_variables": "hidden.a,hidden.tired,busy", "samples": 8, "average": 0}
    asked |= {"set": settings["set"] | {"grid": "10*ms"}, "record_synapses": "0:5,2:11"}
    result = run(**settings | asked, out=tmp_path / "run", progress=quiet)
    kept = result.trajectories
    assert kept["hidden.a"].dims == ("time", "neuron_hidden")
    assert kept["busy"].dims == ("time",)
    assert kept["theta"].dims == ("time", "synapse")
    a, spikes = np.zeros(H), [result.spikes("hidden"), result.spikes("hidden.rest")]
    steps = [np.rint(times * 1000).astype(int) for times, _ in spikes]
    for step in range(1600):
        if step % 10 == 0:
            found = kept["hidden.a"].values[step // 10]
            np.testing.assert_allclose(found, a, rtol=1e-9, atol=1e-12)
        a = a * np.exp(-1 / 150)
        rests = spikes[1][1][steps[1] == step].astype(int)
        fired = spikes[0][1][steps[0] == step].astype(int)
        a[fired] += 0.5
        a[rests] = 0
    expected = kept["hidden.a"] * (1 + 0.1 * kept["busy"])
    np.testing.assert_allclose(kept["hidden.tired"], expected, rtol=1e-12)
    assert float(kept["busy"].max()) > 1
    alone = prepare(resolve(**settings | {"record_variables": "hidden.tired"})).recorded
    assert {*alone.states} == {"busy", "hidden/a"}  # it needs the signal, too
    figure = result.trajectories_figure()
    labels = [ax.get_label() for ax in figure.axes]
    assert {"hidden.a", "hidden.tired", "busy", "theta"} < {*labels}
    titles = [legend.get_title().get_text() for legend in figure.legends]
    assert titles == ["Output : hidden", "hidden\n(10 of 12)"]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("hidden.busy", "the layer hidden has no busy; expected some of busy, hidden.a, hidden.ti"),
        ("hiden.a", "there is no layer hiden beside the one that answers"),
        ("hidden.u", "u is a sum over synapses"),
        ("u", "u is a sum over synapses"),
    ],
)
def test_variables_that_no_layer_has_are_refused(settings, given, expected):
    with pytest.raises(InputError, match=expected):
        prepare(resolve(**settings | {"record_variables": given}))


def test_the_manifest_alone_says_what_pathways_are(result):
    manifest = json.loads((result.path / "manifest.json").read_text())
    told = {each["name"]: each for each in manifest["pathways"]}
    assert told["hidden"]["num_outputs"] == H
    assert manifest["schema"] == 3
    assert manifest["rule"] == told[MAIN]["rule"]
    assert {"start", "start of hidden", f"start of {LATERAL}"} < {*manifest["fingerprints"]}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda told: told.clear(), "pathways have none of the layer outputs"),
        (lambda told: told.append(told[0]), "of which one is there twice"),
        (lambda told: told[1]["rule"].update(weight="intensity"), "with the rule of the run"),
        (lambda told: told[0]["rule"].update(weight="v"), "rule of 'hidden': synapses define no v"),
        (lambda told: told[0].pop("source"), r"pathways\[0\] has no source"),
        (lambda told: told[0].update(name="hid"), "settings.arm_texts has no hid"),
    ],
)
def test_a_manifest_with_other_pathways_is_refused(result, tmp_path, change, expected):
    """As one that somebody wrote, whose checksum is right."""
    manifest = json.loads((result.path / "manifest.json").read_text())
    change(manifest["pathways"])
    write_manifest(tmp_path, manifest)
    with pytest.raises(DamagedError, match=expected):
        Result(tmp_path)


@pytest.mark.parametrize("lateral", [True, False])
def test_averages_are_over_all_pathways(settings, without_lateral, tmp_path, lateral):
    """Networks of layers do not ride along: each snapshot is shown the test on its own. With the
    adaptation that belongs to it, each answers as a run does that ends there: at the border of a
    chunk, and within one.
    """
    settings = settings if lateral else without_lateral()
    long = run(**settings, out=tmp_path / "long", progress=quiet).learning
    assert long["snapshot_samples"].values.tolist() == [16, 20, 24]
    answers = long["snapshot_answers"].values
    np.testing.assert_allclose(answers.sum(axis=2), 1, rtol=1e-6)
    for number, samples in enumerate((16, 20)):
        asked = settings | {"samples": samples}
        short = run(**asked, out=tmp_path / str(samples), progress=quiet).learning
        np.testing.assert_array_equal(answers[number], short["snapshot_answers"].values[-1])
    assert np.any(answers[0] != answers[-1])


def test_a_frozen_network_keeps_what_every_pathway_learnt(settings, tmp_path, monkeypatch):
    """theta, the gain that weights depend on, and adaptation; no traces, and no spikes on their
    way.
    """
    asked = resolve(**settings)
    prepared = prepare(asked)
    runner = Runner(asked, prepared, build(prepared.structure), tmp_path)
    learnt = runner.learn_chunk(runner.start, 0, 8, record_inputs=False).state
    shown, show = [], runner.show
    monkeypatch.setattr(
        runner, "show", lambda state, *a, **b: shown.append(state) or show(state, *a, **b)
    )
    runner.frozen(learnt, prepared.test, "test", seen=8)
    lateral, hidden = shown[0].others[LATERAL], shown[0].others["hidden"]
    for name in ("theta", "gain"):
        expected = {"theta": learnt.others[LATERAL].theta, **learnt.others[LATERAL].synapses}[name]
        np.testing.assert_array_equal({"theta": lateral.theta, **lateral.synapses}[name], expected)
    assert lateral.synapses["gain"].min() < 0.999
    np.testing.assert_array_equal(hidden.outputs["a"], learnt.others["hidden"].outputs["a"])
    assert learnt.others[LATERAL].pending.any()
    assert not lateral.pending.any()
    assert learnt.others[LATERAL].inputs["x"].any()
    assert not lateral.inputs["x"].any()


def test_bounds_and_matched_power_are_of_each_pathway(settings, tmp_path):
    """The lateral synapses' bounds are narrower: with strong noise theta of each gets to its own, a
    change by learning away.
    """
    hot = "constant_matched:noise_scale=1e5"
    begun = prepare(resolve(**settings | {"noise": hot})).begun
    for name, one in begun.items():
        weights = np.exp(one.theta - 3)
        assert one.power == pytest.approx(100 * np.mean(0.13 * np.exp(weights)), rel=1e-9), name
    result = run(**settings | {"noise": hot, "average": 0}, out=tmp_path / "run", progress=quiet)
    ends = {"hidden": (-5, 4), MAIN: (-5, 4), LATERAL: (-1, 0.8)}
    for name, (low, high) in ends.items():
        theta = result.pathway(name).theta.values
        assert (theta.min(), theta.max()) == pytest.approx((low, high), abs=0.01), name


# --- going on -----


def test_a_run_that_was_killed_goes_on_to_the_same_bits(settings, result, tmp_path):
    def kill(done, total, text):
        if done == 16:
            raise Interrupted("stopped", 15)

    with pytest.raises(Interrupted):
        run(**settings, out=tmp_path / "run", progress=kill)
    run(**settings, out=tmp_path / "run", resume=True, progress=quiet)
    assert bits(tmp_path / "run") == bits(result.path)


def test_more_samples_are_one_run_of_that_length(settings, result, tmp_path):
    for samples in (13, 24):
        asked = settings | {"samples": samples}
        longer = run(**asked, out=tmp_path / "run", resume=True, progress=quiet)
    assert_same_run(longer, result)


def test_a_run_starts_from_another_in_every_pathway(settings, result, tmp_path):
    asked = settings | {"samples": 2, "start": result.path}
    started = run(**asked, out=tmp_path / "run", progress=quiet)
    for name in SHAPES:
        begin = started.pathway(name).weights_at(0)
        np.testing.assert_allclose(begin, result.pathway(name).weights, rtol=1e-12)
    resized = asked | {"set": settings["set"] | {"H": 15}}
    with pytest.raises(
        InputError, match=r"hidden: .* has weights of 12 x 40 synapses; expected 15"
    ):
        run(**resized, out=tmp_path / "other", progress=quiet)


def test_a_start_by_name_is_used_where_it_is_known(settings):
    begun = prepare(resolve(**settings | {"start": "low"})).begun
    means = {name: one.theta.mean() for name, one in begun.items()}
    assert means["hidden"] == pytest.approx(-4, abs=0.1)
    assert means[MAIN] == pytest.approx(-4, abs=0.2)
    assert abs(means[LATERAL]) < 1  # its own default, as it has no start of that name
    with pytest.raises(InputError, match="unknown start 'lo'; circuit has prior, low; expected"):
        resolve(**settings | {"start": "lo"})


# --- arms -----


@pytest.fixture(scope="module")
def comparison(settings, cache, tmp_path_factory):
    own = {name: value for name, value in settings.items() if name not in ("noise", "seed")}
    arms = ["none", "weight", "weight@hidden", "weight@hidden+constant@outputs"]
    with in_this_process(), undrawn():
        return compare(
            **own,
            arms=arms,
            seeds=2,
            first_seed=3,
            out=tmp_path_factory.mktemp("compared") / "arms",
            progress=quiet,
        )


def test_arms_of_a_comparison_have_their_layers(comparison):
    assert comparison.arms == ["none", "weight", "weight@hidden", "weight@hidden+constant@outputs"]
    folders = [each["folder"].name for each in comparison.runs]
    assert "weight_hidden-prior-seed3" in folders
    assert not any("@" in name for name in folders)
    assert [row["arm"] for row in comparison.table] == comparison.arms
    starts = {}
    for arm in comparison.arms:
        result = comparison.result(arm, seed=3)
        assert result.arm == arm
        starts[arm] = [result.pathway(name).theta_path[0].values for name in SHAPES]
    for arrays in starts.values():  # paired
        for array, expected in zip(arrays, starts["none"]):
            np.testing.assert_array_equal(array, expected)


def test_noise_is_in_the_layer_that_the_arm_says(settings, tmp_path):
    """Without learning theta differs from that of `none` by noise alone, in the hidden layer by
    N(0, 2 b t): 480 synapses in 4.8 s, whose standard deviation is known to 3.2 %.
    """
    found = {}
    for arm in ("none", "constant@hidden"):
        asked = settings | {"noise": arm, "average": 0, "set": settings["set"] | {"N": 0}}
        found[arm] = run(**asked, out=tmp_path / arm, progress=quiet)
    quiet_one, noisy = found.values()
    np.testing.assert_array_equal(noisy.theta, quiet_one.theta)
    difference = noisy.pathway("hidden").theta.values - quiet_one.pathway("hidden").theta.values
    assert difference.std() == pytest.approx(np.sqrt(2 * 1e-3 * 4.8), rel=5 * 0.032)


def test_arms_are_told_pathway_by_pathway(comparison):
    texts = comparison.result("weight@hidden", seed=3).manifest["settings"]["arm_texts"]
    assert texts["hidden"]["variance"] == {"theta": "2*b*N*intensity"}
    assert texts[MAIN]["variance"] == texts[LATERAL]["variance"] == {}
    last = comparison.result("weight@hidden+constant@outputs", seed=3)
    texts = last.manifest["settings"]["arm_texts"]
    assert texts[MAIN]["variance"] == texts[LATERAL]["variance"] == {"theta": "2*b"}


def test_a_sweep_over_a_parameter_of_a_layer(settings, cache, tmp_path):
    own = {name: value for name, value in settings.items() if name not in ("noise", "seed")}
    with in_this_process(), undrawn():
        swept = sweep(
            **own | {"average": 0},
            grid={"b_hidden": [0, 2e-3]},
            arms=["none"],
            seeds=1,
            first_seed=3,
            out=tmp_path / "swept",
            progress=quiet,
        )
    frozen = Result(tmp_path / "swept" / str(swept.dataset["folder"].sel(b_hidden=0).item()))
    path = frozen.pathway("hidden").theta_path.values
    np.testing.assert_array_equal(path[-1], path[0])
    assert np.any(frozen.theta != frozen.learning["theta"][0])
    assert "theta of hidden never changed" in str(frozen.manifest["results"]["oddities"])


# --- whoever else takes a run -----


def test_the_saddle_criterion_is_refused(result):
    expected = "climbed no known objective: its network has the pathways hidden, outputs.hidden"
    for ask in (objective_of, saddle_path):
        with pytest.raises(InputError, match=expected):
            ask(result)


@pytest.mark.parametrize("form", ["csv", "sonata"])
def test_exports_have_all_pathways(result, tmp_path, form):
    from spikesampler.export import export_run

    folder = export_run(result, form, tmp_path / form)
    names = {path.name for path in folder.iterdir()}
    assert {"weights.csv", "weights_hidden.csv", "weights_outputs_outputs.csv"} < names
    rows = np.genfromtxt(folder / "weights_hidden.csv", delimiter=",", names=True)
    np.testing.assert_array_equal(rows["weight"].reshape(H, I), result.pathway("hidden").weights)
    np.testing.assert_array_equal(rows["pre"].reshape(H, I)[0], np.arange(I))


def test_sonata_has_an_edge_population_of_each_pathway(result, tmp_path):
    import h5py

    from spikesampler.export import export_run

    folder = export_run(result, "sonata", tmp_path / "sonata")
    with h5py.File(folder / "edges.h5") as file:
        edges = file["edges"]
        assert {*edges} == {"inputs_to_hidden", "hidden_to_outputs", "outputs_to_outputs"}
        ends = [edges["hidden_to_outputs"][f"{end}_node_id"] for end in ("source", "target")]
        assert [end.attrs["node_population"] for end in ends] == ["hidden", "outputs"]
        assert [int(end[:].max()) for end in ends] == [H - 1, K - 1]
        weights = edges["inputs_to_hidden/0/syn_weight"][:].reshape(H, I)
        np.testing.assert_array_equal(weights, result.pathway("hidden").weights)


def test_the_raster_has_a_row_of_each_layer(result):
    figure = result.raster("last")
    labels = [ax.get_label() for ax in figure.axes]
    assert labels.index("inputs") < labels.index("layer hidden") < labels.index("outputs")
    (dots,) = figure.axes[labels.index("layer hidden")].collections[:1]
    assert len(dots.get_offsets()) == len(result.spikes("hidden", window="last")[0])


def test_weight_maps_of_a_pathway_do_not_place_what_has_no_place(result):
    """The hidden layer's lie in stimulus space, the outputs' along the hidden neurons' numbers."""
    hidden = result.weight_maps_figure(neurons=[0, 3], pathway="hidden")
    assert any(ax.get_title() == "hidden 3" for ax in hidden.axes)
    x, y = result.weight_maps_figure().axes[0].lines[0].get_data()
    np.testing.assert_array_equal(x, np.arange(H))
    np.testing.assert_array_equal(y, result.weights[0])


def test_report_and_command_line(result, tmp_path):
    from spikesampler.report import write_report

    text = write_report(result.path, tmp_path / "report.html").read_text()
    assert "hidden: " in text
    for name, (outputs, inputs) in SHAPES.items():
        assert f"all {outputs} × {inputs} synapses of the pathway {name}." in text
    done = command("raster", result.path, "--out", tmp_path / "raster.png")
    assert done.status == 0, done.err


def test_the_viewer_shows_a_run_and_one_that_goes(settings, result, tmp_path):
    from bokeh.document import Document

    from spikesampler.view.pathways import PathwaysPage
    from spikesampler.view.spikes import SpikesPage
    from spikesampler.view.trajectories import TrajectoriesPage
    from spikesampler.view.viewed_run import open_run

    def kill(done, total, text):
        if done == 16:
            raise Interrupted("stopped", 15)

    with pytest.raises(Interrupted):
        run(**settings, record_variables="hidden.a", out=tmp_path / "run", progress=kill)
    for path, samples in ((result.path, 24), (tmp_path / "run", 16)):
        shown = open_run(path)
        assert (shown.layers, shown.num_inputs, shown.num_outputs) == ({"hidden": H}, I, K)
        assert [*SpikesPage(shown, Document()).rasters] == ["inputs", "hidden", "outputs"]
        times, ids = shown.recording.read("hidden", 0.0, samples * 0.2)
        expected = result.spikes("hidden", stop=samples * 0.2)
        np.testing.assert_array_equal(times, expected[0])
        np.testing.assert_array_equal(ids, expected[1])
        assert {*shown.pathways} == {*result.pathways}
        page = PathwaysPage(shown)
        dots = page.page.sources[1].data
        np.testing.assert_array_equal(np.sort(dots["x"]), np.arange(H))  # no place of an input
        for name in shown.pathways:
            page.choice.value = name
            weights = result.pathway(name).weights_at(2)
            np.testing.assert_allclose(shown.pathway(name).weights()[2], weights, rtol=1e-12)
            page.page.snapshot.value = 2
            drawn = page.page.sources[1].data
            np.testing.assert_allclose(drawn["w"], np.sort(weights.values[1]), rtol=1e-12)
            assert page.page.panels[1].title.text.startswith(f"{shown.pathway(name).neuron} 1")
        page.show(shown)
        assert page.choice.value == shown.pathways[-1]
    assert shown.trajectories["hidden.a"].dims == ("time", "neuron_hidden")
    assert [*TrajectoriesPage(shown).blocks] == ["neuron_hidden"]


def test_on_probe_sees_all_pathways_and_may_end_learning(settings, result, tmp_path):
    def watch(probe):
        assert {*probe.others} == {"hidden", LATERAL}
        assert {*probe.others[LATERAL]} == {"theta", "weights", "gain"}
        if probe.samples == 16:
            raise StopLearning("enough")
        return {"hidden_mean": probe.others["hidden"]["weights"].mean()}

    stopped = run(**settings, on_probe=watch, out=tmp_path / "run", progress=quiet)
    means = [result.pathway("hidden").weights_at(probe).values.mean() for probe in (0, 1)]
    np.testing.assert_allclose(stopped.learning["hidden_mean"][:2], means, rtol=1e-12)
    whole = run(**settings | {"samples": 16}, out=tmp_path / "whole", progress=quiet)
    for name, expected in whole.learning.items():
        np.testing.assert_array_equal(stopped.learning[name], expected, err_msg=name)
    np.testing.assert_array_equal(stopped.spikes("hidden"), whole.spikes("hidden"))


def test_windows_of_a_longer_run_are_simulated_again(settings, tmp_path):
    """With gaps of 20 ms, and windows that move as the run learns on: spikes of every layer."""
    asked = settings | {"record": "windows", "average": 0, "probe_every": 20}
    asked |= {"set": settings["set"] | {"gap": "20*ms"}}
    for samples in (150, 190):
        longer = run(
            **asked | {"samples": samples}, out=tmp_path / "run", resume=True, progress=quiet
        )
    whole = run(**asked | {"samples": 190}, out=tmp_path / "whole", progress=quiet)
    assert len(whole.manifest["recorded_windows"]) == 3
    assert_same_run(longer, whole)


def test_fixed_synapses_stay_and_have_no_noise(without_lateral, tmp_path):
    fixed = without_lateral("plastic=False") | {"average": 0}
    result = run(**fixed, out=tmp_path / "run", progress=quiet)
    assert result.pathways == ["hidden", "outputs"]
    path = result.learning["theta"].values
    np.testing.assert_array_equal(path[-1], path[0])
    assert np.any(result.pathway("hidden").theta_path[0] != result.pathway("hidden").theta)
    assert result.manifest["results"]["oddities"] == {}
    texts = result.manifest["settings"]["arm_texts"]
    assert texts["hidden"]["variance"]
    assert not texts["outputs"]["variance"]
    with pytest.raises(InputError, match="the synapses of outputs are fixed"):
        resolve(**fixed | {"noise": "weight@outputs"})


def test_other_pathways_are_another_run(settings, result, tmp_path):
    """A model file that changed is said text by text, with its pathway."""
    text = settings["model"].read_text()
    path = tmp_path / "circuit.py"
    path.write_text(text.replace("gain -= 0.2*gain", "gain -= 0.3*gain"))
    with pytest.raises(
        InputError, match=r"the text outputs\.outputs: learning\['input'\] is anoth"
    ):
        run(**settings | {"model": path}, out=result.path, resume=True, progress=quiet)


@pytest.mark.parametrize("form", ["nwb", "neo"])
def test_exports_to_other_programs_have_every_neuron(result, tmp_path, form):
    pytest.importorskip("pynwb" if form == "nwb" else "neo")
    from spikesampler.export import to_neo, to_nwb

    if form == "nwb":
        file = to_nwb(result)
        populations = [*file.units["population"][:]]
        trains = [file.units["spike_times"][k] for k in range(len(populations))]
        assert {"weights", "weights_hidden", "weights_outputs_outputs"} < {*file.analysis}
    else:
        trains = to_neo(result).segments[0].spiketrains
        populations = [train.annotations["population"] for train in trains]
        of_hidden = next(train for train in trains if train.name == "hidden 3")
        expected = result.pathway("hidden").weights.values[3]
        np.testing.assert_array_equal(of_hidden.annotations["weight"], expected)
    assert populations.count("hidden") == H
    assert populations.count("hidden.rest") == H
    found = sum(len(train) for train, of in zip(trains, populations) if of == "hidden")
    assert found == result.populations["hidden"]
