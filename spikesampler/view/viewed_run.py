"""What the pages of a run show, read from its folder once: a finished run, or the chunks that one
has saved so far.
"""

from functools import cached_property, partial
from pathlib import Path

import numpy as np

from spikesampler.errors import DamagedError, InputError, printable
from spikesampler.experiments.chunks import about_trajectories
from spikesampler.experiments.recorded_synapses import chosen_synapses
from spikesampler.experiments.recorded_variables import layers_of
from spikesampler.experiments.run_record import told_pathways
from spikesampler.experiments.run_result import Result
from spikesampler.experiments.run_stimuli import centres_of_run
from spikesampler.experiments.scores import Task, path_arrays
from spikesampler.language.rule import Rule
from spikesampler.language.units import base_values
from spikesampler.stats.responses import order_inputs
from spikesampler.store import checkpoint
from spikesampler.store.arrays import read_arrays
from spikesampler.store.checkpoint import part_paths
from spikesampler.store.learning import as_dataset
from spikesampler.store.manifest import CHECKPOINT, TRAJECTORIES, read_manifest, verify
from spikesampler.store.trajectories import trajectories_so_far
from spikesampler.view.recording import finished_recording, growing_recording
from spikesampler.view.viewed_pathway import ViewedPathway

__all__ = ["BY_CLASS", "ViewedRun", "open_run", "read_growing"]

BY_CLASS = "preferred class"
SPARSE = 0.2  #: share of a run: where less is recorded, the last part that is comes first
NAMED_WINDOW = 10.0  #: s of the first, middle and last window of a run that is recorded whole
LARGE = 1 << 28  #: bytes of spikes that are checked before a page is shown, in half a second
AXES = 8  #: of the stimulus, that inputs can be sorted by


class ViewedRun:
    """A run to look at.

    path, manifest, learning (xarray Dataset as of `Result`; of a growing run without what the test
    brings), finished (bool), recording (Recording or None) and silent (why there is none), values
    (parameters in base units), rule (its equations), centres ((I, D) or None), trajectories (xarray
    Dataset, where has_trajectories), layers ({name: number of neurons} of those that do not
    answer), pathways (their names, the main one first). knows_labels : whether any rule does.
    """

    def __init__(self, path, manifest, learning, recording, silent, finished, courses=None):
        self.path, self.manifest, self.learning = Path(path), manifest, learning
        self.finished = finished
        self.recording, self.silent = recording, silent
        self._courses = courses
        self.values = base_values(manifest["parameters"])
        self.rule = Rule.from_dict(manifest["rule"])
        self.sample_length, self.step = self.values["sample_length"], self.values["dt"]
        self.period = self.sample_length + self.values.get("gap", 0.0)
        self.num_samples = learning.sizes["sample"]
        self.duration = self.num_samples * self.period
        self.num_inputs, self.num_outputs = learning.sizes["input"], learning.sizes["output"]
        self.num_classes = learning.sizes["class"]
        self.output_class = learning["output_class"].values.astype(int)
        self.centres = centres_of_run(manifest, self.num_inputs)
        self.layers = layer_sizes(manifest)
        rules = (Rule.from_dict(told["rule"]) for told in told_pathways(manifest))
        self.knows_labels = any(rule.knows_labels for rule in rules)
        self._told = {each["name"]: each for each in told_pathways(manifest)}
        main = next(name for name, each in self._told.items() if each["layer"] == "outputs")
        self.pathways = [main, *(name for name in self._told if name != main)]

    @property
    def has_trajectories(self):
        """Whether trajectories are recorded."""
        return self._courses is not None

    @cached_property
    def trajectories(self):
        """What is recorded at grid steps, as of `Result`, read at first use."""
        return self._courses()

    @property
    def title(self):
        settings = self.manifest["settings"]
        start = printable(Path(settings["start"]).name)
        return (
            f"{settings['model']}, noise: {settings['noise']}, start {start}, seed"
            f" {settings['seed']}"
        )

    def pathway(self, name=None):
        """The ViewedPathway of a name, by default the main one."""
        name = name or self.pathways[0]
        return ViewedPathway(self, self._told[name], name == self.pathways[0])

    @property
    def heard(self):
        """What a neuron that the outputs hear first is called."""
        return self.pathway().heard

    def orders(self):
        """Names of the orders that the rows of inputs can have: {name: function giving (order,
        boundaries or None)}.

        order (num_inputs,) has the input of each row; boundaries as of
        `stats.responses.order_inputs`.
        """
        orders = {BY_CLASS: lambda: order_inputs(self.learning["input_class_rate"].values)}
        for axis in range(0 if self.centres is None else min(AXES, self.centres.shape[1])):
            orders[f"position, axis {axis + 1}"] = partial(self._by_position, axis)
        return orders | {"number": lambda: (np.arange(self.num_inputs), None)}

    def _by_position(self, axis):
        return np.argsort(self.centres[:, axis]), None

    def answers(self):
        """The class that each sample was answered with (num_samples,), -1 where the answer is tied
        or means none.
        """
        response = self.learning["response"].values.astype(int)
        return np.where(response >= 0, self.output_class[response], -1)

    def first_window(self):
        """All of the run where its spikes are recorded, else the last part that is (s)."""
        recorded = None if self.recording is None else self.recording.recorded
        if recorded is None or recorded.mean() > SPARSE or not recorded.any():
            return 0.0, self.duration
        return self.recorded_parts()[-1]

    def recorded_parts(self):
        """(start, stop) in s of each part of the run that is recorded."""
        recorded, length = self.recording.recorded.astype(int), self.period
        edges = np.flatnonzero(np.diff(recorded, prepend=0, append=0)) * length
        return [(float(start), float(stop)) for start, stop in zip(edges[::2], edges[1::2])]

    def places(self):
        """Windows that have a button, (start, stop) in s; None: all of the run, however long it has
        become.
        """
        places = {"All": None}
        if self.recording is None or not self.finished:
            return places
        parts = self.recorded_parts()
        if self.recording.recorded.all():
            span = min(NAMED_WINDOW, self.duration)
            middle = round((self.duration - span) / 2 / self.period) * self.period
            parts = [(0.0, span), (middle, middle + span), (self.duration - span, self.duration)]
        names = ("First", "Middle", "Last")
        if len(parts) != len(names):
            names = [f"Part {n + 1}" for n in range(len(parts))]
        return places | dict(zip(names, parts))


def open_run(path, progress=None):
    """ViewedRun of a finished run, whose files are checked first, or of one that is not finished.

    Raises InputError: no run, damaged, of a newer schema, or one of which nothing is learnt yet.
    """
    manifest = read_manifest(path)
    if manifest.get("status") != "finished":
        return read_growing(path)
    verify(path, large=LARGE)
    result = Result(path, verify=False)
    sizes = _sizes(result.learning, result.own_events, layer_sizes(manifest))
    length = result.period
    try:
        recording, silent = finished_recording(result, sizes, length, progress), ""
    except DamagedError:
        raise
    except InputError as error:
        recording, silent = None, error.in_options
    courses = (lambda: result.trajectories) if TRAJECTORIES in manifest["files"] else None
    return ViewedRun(path, manifest, result.learning, recording, silent, True, courses)


def read_growing(path, before=None):
    """ViewedRun of the chunks that an unfinished run has saved; `before`: an earlier one of the
    same folder, to go on from.

    Gives `before` itself where nothing is new, and the finished run where it finishes meanwhile.
    Raises NothingYetError where nothing is learnt yet, and other InputErrors as `open_run` does.
    """
    try:
        return _read_growing(path, before)
    except (FileNotFoundError, DamagedError) as error:
        if read_manifest(path).get("status") == "finished":
            return open_run(path)
        if isinstance(error, DamagedError):
            raise
        raise DamagedError(
            f"{error.filename} is missing: go on with the run, with --resume, which writes it anew,"
            " or run again"
        ) from error


def _read_growing(path, before):
    folder, manifest = Path(path), read_manifest(path)
    saved = checkpoint.load_last_state(folder / CHECKPOINT)
    if saved is None:
        raise NothingYetError(
            f"{path} has not learnt a sample yet (status {manifest['status']}): wait for its first"
            " chunk"
        )
    if before is not None and before.num_chunks == saved.index + 1 and before.manifest == manifest:
        return before
    task = Task(**checkpoint.load_task(folder / CHECKPOINT))
    records = checkpoint.load_records(folder / CHECKPOINT, saved.index + 1)
    attrs = {name: manifest["settings"][name] for name in ("model", "arm", "start", "seed")}
    attrs["start"] = printable(Path(attrs["start"]).name)
    about = {"chance": 1 / task.num_classes, "supervised": int(task.supervised)}
    learning = as_dataset(path_arrays(task, records), attrs | about)
    ends = np.cumsum(list(_chunk_lengths(folder / CHECKPOINT, saved.index + 1)))
    sizes = _sizes(learning, manifest["rule"]["events"], layer_sizes(manifest))
    try:
        goes_on = before is not None and _is_same_run(before.manifest, manifest)
        past, borders = before.recording if goes_on else None, [0, *ends.tolist()]
        recording = growing_recording(folder, manifest, sizes, task.period, borders, past)
        silent = ""
    except DamagedError:
        raise
    except InputError as error:
        recording, silent = None, error.in_options
    sizes = learning["theta"].shape[1:]
    courses = _courses_so_far(folder / CHECKPOINT, manifest, sizes, saved.index + 1)
    shown = ViewedRun(path, manifest, learning, recording, silent, False, courses)
    shown.num_chunks = saved.index + 1
    return shown


def layer_sizes(manifest):
    """{layer: number of its neurons} of a run's other layers than the one that answers."""
    told = told_pathways(manifest)
    return {one["layer"]: one["num_outputs"] for one in told if one["layer"] != "outputs"}


def _sizes(learning, own_events, layers):
    """Number of neurons of each population that is shown; events are of the outputs."""
    inputs, outputs = learning.sizes["input"], learning.sizes["output"]
    events = dict.fromkeys((name for name in own_events if "." not in name), outputs)
    return {"inputs": inputs, **layers, "outputs": outputs, **events}


def _courses_so_far(folder, manifest, sizes, num_chunks):
    """What reads the trajectories of the chunks so far; None where none are recorded."""
    settings, seed = manifest["settings"], manifest["seed"]
    asked = settings.get("record_synapses")
    if asked is None and settings.get("record_variables") is None:
        return None
    synapses = chosen_synapses(asked, *sizes, seed)
    layers = layers_of(
        (one["name"], one["layer"], Rule.from_dict(one["rule"]), one.get("num_outputs", 0))
        for one in told_pathways(manifest)
    )
    about = about_trajectories(layers)
    return partial(trajectories_so_far, folder, num_chunks, synapses, about)


def _is_same_run(one, other):
    return all(one[name] == other[name] for name in ("settings", "started", "build"))


def _chunk_lengths(folder, num_chunks):
    """Samples of each chunk."""
    for path in part_paths(folder, "records", num_chunks):
        with read_arrays(path) as arrays:
            yield len(arrays["label"]())


class NothingYetError(InputError):
    """A run that has saved nothing so far."""
