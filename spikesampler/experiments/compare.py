"""Arms against each other over starts and seeds.

Every arm of a seed has the same stimuli, order and start weights. Each point (arm, start, seed) is
a run folder of its own; points run in processes and are independent, so a comparison that was
stopped goes on where it was.
"""

import re
from concurrent.futures import Executor
from itertools import product
from pathlib import Path
from typing import Any

from spikesampler.errors import DamagedError, InputError
from spikesampler.experiments.arguments import OptionalPath, accepts
from spikesampler.experiments.comparison_dataset import gather
from spikesampler.experiments.comparison_result import Comparison, run_folder
from spikesampler.experiments.declared import COMPARE, MOST_RUNS
from spikesampler.experiments.extent import check_disk
from spikesampler.experiments.length import samples_asked_or_there
from spikesampler.experiments.points import (
    check_sent,
    jobs_of,
    receive,
    samples_done,
    total_samples,
    unfinished,
)
from spikesampler.experiments.prepare import prepare
from spikesampler.experiments.run_result import Result
from spikesampler.experiments.settings import (
    Settings,
    refuse_twins,
    resolve,
    spiking_model,
)
from spikesampler.jobs.executors import check_workers, open_executor
from spikesampler.jobs.loop import do_all
from spikesampler.jobs.progress import Say, report_to
from spikesampler.language.arm_option import GIVEN
from spikesampler.language.arm_places import arms_by_label
from spikesampler.language.evaluator import default_start
from spikesampler.spiking.compiler import find_compiler
from spikesampler.stimuli import as_data
from spikesampler.store.folder_use import check_use
from spikesampler.store.folders import dated_folder, folder_lock
from spikesampler.store.manifest import MANIFEST
from spikesampler.store.result_folder import begin_folder, settings_of
from spikesampler.store.signals import interruptible, resumable

RUN_FOLDER = re.compile(r"-seed\d+$")  #: how the name of a run's folder ends: ARM-START-seedN

Points = dict[tuple[str, str, int], Settings]  #: by arm, start and seed


@accepts(*COMPARE)
def compare(
    *,
    workers: int | None,
    dask: str | None,
    out: OptionalPath,
    resume: bool,
    progress: Say | None,
    **settings: Any,
) -> Comparison:
    """Run every arm from every start with every seed: runs, dataset, table, figures, verdicts.

    Parameters
    ----------
    {arguments}

    With `resume`, finished points are kept, damaged ones are named and computed again. Raises
    InputError before anything is run, Interrupted after Ctrl-C or SIGTERM.
    """
    check_workers(workers, dask)
    if resume and out is None:
        raise InputError("resume needs the folder of the comparison; give --out DIR")
    if out is not None:
        _check_folder(Path(out), resume)
        there = settings_of(Path(out), "comparison")
        settings["samples"] = samples_asked_or_there(settings["samples"], there)
    settings["data"] = as_data(settings["data"])  # once, not for each point
    points = _points(**settings)
    model = next(iter(points.values())).model
    folder = dated_folder(f"compare-{model.name}") if out is None else Path(out)
    if not resume:
        check_disk(next(iter(points.values())), len(points), folder)
    check_sent(next(iter(points.values())), dask)
    if dask is None:
        find_compiler()
    with (
        report_to(progress, "comparison") as say,
        folder_lock(folder) as held,
        open_executor(workers, dask, announce=lambda text: say(0, total_samples(points), text)) as (
            executor,
            _,
        ),
    ):
        folders = {point: folder / run_folder(*point) for point in points}
        _run(points, folders, executor, held.token, say, settings["arms"])
        results = {point: Result(path, verify=False) for point, path in folders.items()}
        comparison = Comparison(folder, gather(results))
        comparison.write()
    return comparison


def _points(
    *, arms: list[str], start: list[str] | None, seeds: int, first_seed: int, **settings: Any
) -> Points:
    """The Settings of all points; refuses whatever does not fit before anything is written."""
    chosen = settings["set"] or {}
    if wrong := [name for name in GIVEN if name in chosen]:
        option = f"{wrong[0]}={chosen[wrong[0]]}"
        raise InputError(f"{option} belongs to an arm; give it there, as in weight:{option}")
    settings["model"] = model = spiking_model(settings["model"])
    start = start or [default_start(model.rule)]
    texts = arms_by_label(arms)
    number = len(arms) * len(start) * seeds
    if number > MOST_RUNS:
        raise InputError(
            f"{len(arms)} arms x {len(start)} starts x {seeds:,} seeds are {number:,} runs;"
            f" expected at most {MOST_RUNS:,}, whose results fit in memory: give fewer --seeds"
        )
    points: Points = {}
    for seed, from_, arm in product(range(first_seed, first_seed + seeds), start, texts):
        point = resolve(noise=texts[arm], start=from_, seed=seed, **settings)
        points[arm, point.start_name, seed] = point
    if len(points) < seeds * len(start) * len(arms):
        raise InputError(f"starts {', '.join(start)}: expected folders of different names")
    folders = {run_folder(*point): point[0] for point in points}
    if len(folders) < len(points):
        raise InputError(
            f"arms {', '.join(arms)}: some would have folders of one name; write their options"
            " otherwise"
        )
    refuse_twins((arm, point) for (arm, _, _), point in points.items())
    first, *others = points.values()
    prepare(first)
    known = {first.noise}
    for point in others:
        of_start = point.arm == first.arm and (point.starts_from_run or point.seed == first.seed)
        if of_start or point.noise not in known:
            prepare(point)  # refuses weights that do not fit, and noise that is none
            known.add(point.noise)
    return points


def _facts(points: Points, arms: list[str]) -> dict[str, Any]:
    """What all runs have, as they are asked for, and the arms as given, starts and seeds."""
    common = next(iter(points.values())).facts()
    for name in ("arm", "noise", "arm_texts", "start", "seed", "replicate", "set", "model_hash"):
        del common[name]
    axes = dict(zip(("arms", "starts", "seeds"), zip(*points)))
    common |= {name: list(dict.fromkeys(values)) for name, values in axes.items()}
    return common | {"arms": arms}


def _check_folder(folder: Path, resume: bool) -> None:
    """Refuse a folder that holds anything but the comparison to resume."""

    def compare(folder: Path) -> str | None:
        if (folder / MANIFEST).is_file():
            try:
                return None if settings_of(folder, "comparison") is None else ""
            except DamagedError:
                raise DamagedError(
                    f"{folder / MANIFEST} is damaged: delete it and repeat the command with"
                    " --resume, which writes it anew"
                ) from None
        runs = (path for path in folder.iterdir() if RUN_FOLDER.search(path.name))
        return "" if any(path.is_dir() for path in runs) else None

    check_use(
        folder,
        "comparison",
        resume,
        compare,
        same="a comparison",
        strangers="other files than a comparison",
    )


def _run(
    points: Points, folders: dict, executor: Executor, token: str, say: Say, arms: list[str]
) -> None:
    """Run the points that are left, with the progress of all of them as one.

    Every finished run is checked here; the others are, by the processes that go on with them.
    """
    left = unfinished({folders[point]: settings for point, settings in points.items()}, say)
    total = total_samples(points)

    def look(num_left: int, running: list[Path]) -> None:
        done = sum(samples_done(folders[point], settings) for point, settings in points.items())
        say(done, total, f"{len(points) - num_left} of {len(points)} runs finished")

    folder = next(iter(folders.values())).parent
    begin_folder(folder, "comparison", _facts(points, arms))
    try:
        with interruptible():
            do_all(jobs_of(left, token), executor, keep=receive, look=look)
    except BaseException:
        if not any(path.exists() for path in folders.values()):
            (folder / MANIFEST).unlink(missing_ok=True)  # nothing was begun
            raise
        with resumable("finished runs are", folder):
            raise
    look(0, [])
