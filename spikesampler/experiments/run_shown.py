"""What a finished run was shown, and what its outputs have come to respond to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from spikesampler import stats
from spikesampler.checks import whole_number
from spikesampler.errors import InputError
from spikesampler.experiments.run_record import RunRecord
from spikesampler.stimuli.trains import Trains

if TYPE_CHECKING:
    import xarray

__all__ = ["ShownStimuli"]

SPLITS = ("learning", "probe", "test")


class ShownStimuli(RunRecord):
    """The stimuli of a run, where its inputs are in stimulus space, and the tuning of outputs."""

    @property
    def labels(self) -> xarray.DataArray:
        """The class of each learning sample, (sample,)."""
        return self.learning["label"]

    @property
    def class_names(self) -> list[str]:
        """Names of the classes, in the order of their numbers."""
        return list(map(str, self.manifest["data"]["class_names"]))

    @property
    def centres(self) -> xarray.DataArray:
        """Preferred stimuli of the inputs, (input, feature), in the unit of the stimuli.

        Raises InputError where inputs have none: each is a pixel, or replays spikes.
        """
        import xarray

        from spikesampler.experiments.run_stimuli import centres_of_run

        centres = centres_of_run(self.manifest, int(self.learning.sizes["input"]))
        if centres is None:
            raise InputError(
                f"inputs of {self.path} have no preferred stimuli (coding"
                f" {self.manifest['data']['coding']}): expected a run with tuning curves"
            )
        return xarray.DataArray(
            centres,
            dims=("input", "feature"),
            coords={"input": range(len(centres)), "feature": range(centres.shape[1])},
            name="centres",
            attrs={"long_name": "preferred stimulus", "units": "1"},
        )

    def stimuli(self, split: str = "learning", data: Any = None) -> xarray.Dataset:
        """The samples that the run was shown, in their order: points (sample, feature) and label
        (sample,); of stimuli that change within a sample points (sample, frame, feature), of spike
        trains the number of spikes (sample, input).

        split : "learning", "probe" or "test". data : what was given as `data`, where a run keeps
        none of it: arrays, or a source of your own. Learning samples have the coordinate `time`, s,
        of their onset; of data that are files or arrays all have `row`, the number of the row that
        is shown (the first is 0). They are drawn anew from seed and data. Raises InputError where
        these are not what they were.

        >>> result.stimuli()["points"].sel(sample=0)  # doctest: +SKIP
        """
        import xarray

        from spikesampler.experiments.run_stimuli import samples_of_run, source_of_run
        from spikesampler.stimuli.labelled import LabelledData

        if split not in SPLITS:
            raise InputError(f"split={split!r}: expected one of {', '.join(SPLITS)}")
        supervised = bool(self.learning.attrs.get("supervised", 1))
        source = source_of_run(self.path, self.manifest, self.values, supervised, data)
        samples = samples_of_run(self.path, self.manifest, source, split)
        points: Any = samples.points()
        dims: tuple[str, ...] = ("sample", "frame", "feature")
        if isinstance(points, Trains):
            points, dims = points.counts(source.num_features), ("sample", "input")
        elif points.ndim == 2:
            dims = ("sample", "feature")
        dataset = xarray.Dataset(
            {"points": (dims, points, {"units": "1"}), "label": ("sample", samples.labels)},
            coords={"sample": range(len(points))},
            attrs={"split": split, "data": self.manifest["data"]["name"]},
        )
        if isinstance(source, LabelledData):
            dataset = dataset.assign_coords(row=("sample", samples.rows))
        if split == "learning":
            dataset = dataset.assign_coords(time=("sample", self.learning["time"].values))
            dataset["time"].attrs["units"] = "s"
        return dataset

    def tuning(self) -> xarray.Dataset:
        """What outputs respond to after learning, by class, on the test samples.

        rate (class, output): mean rate in Hz. response (class, output): share of the samples in
        which the output was the most active, ties shared. samples (class,). Plasticity, noise and
        teacher are off. nan for a class without samples. What inputs respond to is
        `learning["input_class_rate"]`.
        """
        import xarray

        learning = self.learning
        counts, labels = learning["test_counts"].values, learning["test_label"].values.astype(int)
        num_classes = max(int(learning.sizes["class"]), int(labels.max()) + 1)
        rate = stats.class_rates(counts, labels, num_classes, self.values["sample_length"])
        response = stats.class_rates(stats.tie_shares(counts), labels, num_classes, 1.0)
        dims = ("class", "output")
        return xarray.Dataset(
            {
                "rate": (dims, rate, {"units": "Hz", "long_name": "mean rate"}),
                "response": (dims, response, {"units": "1", "long_name": "share of responses"}),
                "samples": ("class", np.bincount(labels, minlength=num_classes)),
            },
            coords={"class": range(num_classes), "output": range(counts.shape[1])},
        )

    def position_tuning(
        self, features: Sequence[int] | int | None = None, bins: int = 10
    ) -> xarray.Dataset:
        """What outputs respond to after learning, over the stimulus' position, on test samples.

        rate, response (output, feature_a, feature_b): as of `tuning`, means over the samples in
        each cell, nan without one; samples (feature_a, feature_b). Coordinates are the middles of
        cells. features : one or several numbers of features, by default the first two. bins : of
        each feature, from its least to its greatest value in the test.
        """
        import xarray

        points, coding = self.learning["test_points"].values, self.manifest["data"]["coding"]
        if coding not in ("tuning", "rates") or points.ndim != 2:
            what = f"frames, {points.shape[1]} a sample" if points.ndim > 2 else f"coding {coding}"
            raise InputError(
                f"stimuli of {self.path} have no position ({what}): expected one point a sample"
            )
        chosen = self._features(features, points.shape[1])
        bins = whole_number("bins", bins, 1, 1000)
        points = points[:, chosen]
        ends = zip(points.min(axis=0), points.max(axis=0))
        edges = [np.linspace(low, high if high > low else low + 1, bins + 1) for low, high in ends]
        counts = self.learning["test_counts"].values
        rate, number = stats.position_means(points, counts / self.values["sample_length"], edges)
        response, _ = stats.position_means(points, stats.tie_shares(counts), edges)
        cells = [f"feature_{feature}" for feature in chosen]
        middles = {name: (edge[:-1] + edge[1:]) / 2 for name, edge in zip(cells, edges)}
        dims = ("output", *cells)
        return xarray.Dataset(
            {
                "rate": (dims, rate, {"units": "Hz", "long_name": "mean rate"}),
                "response": (dims, response, {"units": "1", "long_name": "share of responses"}),
                "samples": (tuple(cells), number),
            },
            coords={"output": range(counts.shape[1])} | middles,
        )

    def _features(self, features: Sequence[int] | int | None, number: int) -> list[int]:
        """The features asked for; InputError for one that there is not."""
        default = list(range(min(2, number)))
        given = np.atleast_1d(default if features is None else features)
        chosen = given.tolist() if given.dtype.kind in "iu" else []
        if not 1 <= len(chosen) <= 3 or len(set(chosen)) < len(chosen):
            raise InputError(f"features={features!r}: expected one to three different numbers")
        if wrong := [k for k in chosen if not 0 <= k < number]:
            raise InputError(f"feature {wrong[0]}: stimuli of {self.path} have 0 to {number - 1}")
        return chosen
