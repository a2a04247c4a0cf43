"""Arms against each other over starts and seeds: the same stimuli, order and start weights for
every arm of a seed.

Each point (arm, start, seed) is a run folder of its own; points run in processes and are
independent, so a comparison that was stopped goes on where it was.
"""

import os
import re
import time
from contextlib import nullcontext
from itertools import product
from pathlib import Path

from spikesampler.checks import whole_number
from spikesampler.errors import InputError, Interrupted
from spikesampler.experiments.comparison_result import Comparison, gather, run_folder
from spikesampler.experiments.points import run_all, samples_done, total_samples, unfinished
from spikesampler.experiments.prepare import prepare
from spikesampler.experiments.run_result import Result
from spikesampler.experiments.settings import ARM_OPTIONS, STARTS, resolve
from spikesampler.jobs.executors import check_workers, open_executor
from spikesampler.jobs.progress import Progress
from spikesampler.spiking import compiler
from spikesampler.store import atomic
from spikesampler.store.claim import check_claim
from spikesampler.store.datasets import save_dataset
from spikesampler.store.folders import folder_lock

RUN_FOLDER = re.compile(r"-seed\d+$")  #: how the name of a run's folder ends: ARM-START-seedN


def compare(
    model="fang_2018",
    *,
    arms=("none", "weight"),
    start="prior",
    seeds=10,
    first_seed=1,
    workers=None,
    dask=None,
    out=None,
    resume=False,
    progress=None,
    **settings,
):
    """Run every arm from every start with every seed and return a Comparison: runs, dataset, table,
    figures, verdicts.

    Parameters
    ----------
    model : as for `run`.
    arms : noise arms to compare, with options such as "weight:noise_scale=0.3" or
        "weight:schedule=linear".
    start : one start, or several in a list: "prior", "plateau".
    seeds : number of seeds; seed numbers are first_seed, first_seed + 1, …
    workers : processes at a time, by default one per core.
    dask : address (tcp://HOST:PORT) or scheduler file of a Dask scheduler whose workers run the
        points instead.
    out : the folder; by default a new one below `runs`.
    resume : go on with the comparison in `out`: finished points are kept, damaged ones named and
        computed again.
    settings : as for `run` (samples, test_samples, data, set, record, …).

    Raises InputError before anything is run, Interrupted after Ctrl-C or SIGTERM.
    """
    arms, starts = listed(arms, "arm"), listed(start, "start")
    seeds, first_seed = (
        whole_number("seeds", seeds, 1, 10**9),
        whole_number("seed", first_seed, 0, 10**9),
    )
    check_workers(workers, dask)
    _check_settings(settings)
    if resume and out is None:
        raise InputError("resume needs the folder of the comparison; give --out DIR")
    points = {}
    for n, one, arm in product(range(seeds), starts, arms):
        point = resolve(model, noise=arm, start=one, seed=first_seed + n, **settings)
        points[arm, point.start_name, point.seed] = point
    if len(points) < seeds * len(starts) * len(arms):
        raise InputError(f"starts {', '.join(starts)}: expected folders of different names")
    any_point = next(iter(points.values()))
    _check_arms({arm: points[arm, any_point.start_name, first_seed] for arm in arms})
    for point in (
        any_point,
        *(one for one in points.values() if one.start not in STARTS and one.arm == any_point.arm),
    ):
        prepare(
            point
        )  # refuses data, parameters and weights that do not fit, before anything is written
    folder = free_folder(f"compare-{any_point.model.name}") if out is None else Path(out)
    folders = {point: folder / run_folder(*point) for point in points}
    _check_folder(folder, resume)
    if dask is None:
        compiler.find_compiler()
    report = nullcontext(progress) if progress is not None else Progress("comparison")
    with (
        report as say,
        folder_lock(folder) as token,
        open_executor(workers, dask, announce=lambda text: say(0, total_samples(points), text)) as (
            executor,
            _,
        ),
    ):
        # every finished run is checked here, or by its process, which is started for the others
        left = unfinished({folders[point]: settings for point, settings in points.items()}, say)
        _run_all(points, folders, left, executor, token, say)
        results = {point: Result(path, verify=False) for point, path in folders.items()}
        comparison = Comparison(folder, gather(results))
        _write(comparison)
    return comparison


def _check_settings(settings):
    """Refuse what is said of the noise, or of single runs, elsewhere than in an arm's text."""
    if wrong := [name for name in ("noise", "seed", "replicate") if name in settings]:
        remedy = {
            "noise": "arms",
            "seed": "first_seed and seeds",
            "replicate": "an arm such as none:replicate=1",
        }
        raise InputError(
            f"{wrong[0]}={settings[wrong[0]]!r} is for a single run; give {remedy[wrong[0]]}"
        )
    chosen = settings.get("set") or {}
    if wrong := [name for name in ARM_OPTIONS if name in chosen]:
        option = f"{wrong[0]}={chosen[wrong[0]]}"
        raise InputError(f"{option} belongs to an arm; give it there, as in weight:{option}")


def _write(comparison):
    """Dataset, table and figures into the comparison's folder, each whole or not at all."""
    from spikesampler.figures import save_both

    save_dataset(comparison.dataset, comparison.files["dataset"])
    atomic.atomic_write_bytes(comparison.files["table"], comparison.csv.encode())
    save_both(comparison.figure(), comparison.files["figure"], dpi=200)
    save_both(comparison.accuracies_figure(), comparison.files["accuracies"], dpi=200)
    save_both(comparison.escapes_figure(), comparison.files["escapes"], dpi=200)


def listed(given, what):
    """A list of one or more different texts."""
    if (
        given is not None
        and not isinstance(given, str | os.PathLike)
        and not hasattr(given, "__iter__")
    ):
        raise InputError(f"{what}s={given!r}: expected a list of texts")
    listed = (
        []
        if given is None
        else [str(given)]
        if isinstance(given, str | os.PathLike)
        else list(map(str, given))
    )
    if not listed:
        raise InputError(
            f"no {what} given; expected at least one, such as"
            f" {'none' if what == 'arm' else 'prior'}"
        )
    if twice := [one for one in listed if listed.count(one) > 1]:
        raise InputError(
            f"{what} {twice[0]} is given twice; give each once"
            + (
                f" ({twice[0]}:replicate=1 is the same with other random numbers)"
                if what == "arm"
                else ""
            )
        )
    return listed


def _check_arms(settings):
    """Refuse arms that are the same under two names: {arm: Settings} of one seed."""
    seen = {}
    for arm, one in settings.items():
        other = seen.setdefault((one.arm, one.model.hash, one.replicate), arm)
        if other != arm:
            raise InputError(f"arms {other} and {arm} are the same; leave one out")


def _check_folder(folder, resume):
    """Refuse a folder that holds anything but the comparison to resume."""

    def compare(folder):
        runs = (path for path in folder.iterdir() if RUN_FOLDER.search(path.name))
        return "" if any(path.is_dir() for path in runs) else None

    check_claim(
        folder,
        "comparison",
        resume,
        compare,
        same="a comparison",
        strangers="other files than a comparison",
    )


def _run_all(points, folders, left, executor, token, say):
    """The points that are left, with the progress of all of them as one."""

    def look(finished):
        done = sum(samples_done(folders[point], settings) for point, settings in points.items())
        say(
            done,
            total_samples(points),
            f"{len(points) - len(left) + finished} of {len(points)} runs finished",
        )

    try:
        run_all(left, executor, token, look)
        look(len(left))
    except Interrupted as stop:
        raise Interrupted(
            f"{stop}; finished runs are kept: go on with --resume", stop.signal_number
        ) from None


def free_folder(name):
    """A new folder below `runs`, by the time."""
    stamp = time.strftime("%Y%m%d-%H%M%S")
    return Path("runs") / f"{name}-{stamp}-{os.getpid()}"
