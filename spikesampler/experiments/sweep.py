"""A sweep: parameters varied over a grid or a design, times arms, starts and seeds, each point a
run in its own folder.

Points run on any executor (processes of this machine by default, or the workers of a Dask
scheduler). One program is built for each structure, and points that are the same run (the arm
`none` at several noise scales) are run once.
"""

import json
import math
import os
import time
from contextlib import nullcontext
from itertools import product
from pathlib import Path
from typing import NamedTuple

from spikesampler.checks import whole_number
from spikesampler.errors import DamagedError, InputError, Interrupted
from spikesampler.experiments.compare import free_folder, listed
from spikesampler.experiments.design import Design, Refusals, make_design
from spikesampler.experiments.phases import chunk_borders
from spikesampler.experiments.points import run_points, samples_done, total_samples, unfinished
from spikesampler.experiments.prepare import prepare
from spikesampler.experiments.settings import (
    ARM_OPTIONS,
    STARTS,
    parse_arm,
    resolve,
    spiking_model,
)
from spikesampler.experiments.sweep_result import DESIGN, Sweep, gather, read_point
from spikesampler.jobs.executors import check_workers, open_executor
from spikesampler.jobs.progress import Progress
from spikesampler.language.model import Model
from spikesampler.spiking import build as building
from spikesampler.spiking import compiler
from spikesampler.spiking.structure import CAPACITY
from spikesampler.store import atomic, folders
from spikesampler.store.claim import check_claim, different
from spikesampler.store.signals import interruptible

MAX_POINTS = 10_000
NOISE = tuple(
    name for name in ARM_OPTIONS if name != "replicate"
)  #: parameters that mean nothing to the arm `none`
SIZES = ("dt", "grid", "sample_length")  #: parameters that are compiled in, beside counts and words

# Of the time that a run takes: a 2.6 GHz EPYC, g++ 12 (scripts/scaling.py, scripts/benchmark.py)
SECONDS_PER_EVENT, SECONDS_PER_CHUNK, SECONDS_PER_RUN, SECONDS_PER_BUILD = 2.2e-9, 0.01, 0.05, 8.0
REFERENCE_FACTOR = 160  #: how much slower the plain clock-driven network is


class Cell(NamedTuple):
    """One point of a sweep: values by swept parameter, arm, start and seed, the run's Settings and
    folder's name.
    """

    values: dict
    arm: str
    start: str
    seed: int
    settings: object
    folder: str


class Plan(NamedTuple):
    """All that a sweep will do: cells in the order of the dataset's dimensions, and structures, one
    program each.
    """

    model: Model
    design: Design
    arms: list
    starts: list
    seeds: list
    cells: list
    structures: list
    facts: dict

    @property
    def runs(self):
        """{name of folder: Settings}, seed by seed, so that a sweep that is stopped has whole
        seeds.
        """
        return {
            cell.folder: cell.settings for cell in sorted(self.cells, key=lambda cell: cell.seed)
        }

    def core_seconds(self):
        """Expected time of all runs on one core and of all builds, in s: from sizes alone, good to
        a factor of 2.
        """
        num_built = sum(building.is_built(structure) for structure in self.structures)
        return sum(map(expected_seconds, self.runs.values())), SECONDS_PER_BUILD * (
            len(self.structures) - num_built
        )


def expected_seconds(settings):
    """Time that one run takes on one core, in s, from the number of synaptic events that its
    samples cause.
    """
    m, borders = (
        settings.model,
        chunk_borders(settings.samples, settings.probe_every, CAPACITY),
    )
    inputs_rate = m["r_min"] + m["r_max"] / 8  # mean over tuning curves
    per_synapse = inputs_rate * m["sample_length"] + m["sample_length"] / m["grid"]
    events = m["I"] * (m["K"] * per_synapse + 2 * m["rho"] * m["sample_length"])
    num_probes = settings.samples // settings.probe_every + 1
    shown = settings.samples + num_probes * settings.probe_samples + settings.test_samples
    seconds = (
        shown
        * events
        * SECONDS_PER_EVENT
        * (REFERENCE_FACTOR if settings.engine == "reference" else 1)
    )
    return SECONDS_PER_RUN + (len(borders) + num_probes) * SECONDS_PER_CHUNK + seconds


def plan_sweep(
    model="fang_2018",
    *,
    grid=None,
    vary=None,
    design=None,
    design_seed=0,
    arms=None,
    start="prior",
    seeds=10,
    first_seed=1,
    max_points=MAX_POINTS,
    **settings,
):
    """The Plan of `sweep`; InputError tells everything that is refused. Nothing is written, built
    or run.
    """
    seeds, first_seed = (
        whole_number("seeds", seeds, 1, 10**9),
        whole_number("seed", first_seed, 0, 10**9),
    )
    max_points, design_seed = (
        whole_number("max-points", max_points, 1, 10**9),
        whole_number("design-seed", design_seed, 0, 10**9),
    )
    if wrong := [name for name in ("noise", "seed", "replicate") if name in settings]:
        remedy = {
            "noise": "arms",
            "seed": "first_seed and seeds",
            "replicate": "an arm such as none:replicate=1",
        }
        raise InputError(
            f"{wrong[0]}={settings[wrong[0]]!r} is for a single run; give {remedy[wrong[0]]}"
        )
    fixed, refusals, plain = settings.pop("set", None) or {}, Refusals(), spiking_model(model)
    base, made = plain, None
    with refusals:
        base = resolve(plain, set=fixed, **settings).model
    arms, starts = listed([base.noise] if arms is None else arms, "arm"), listed(start, "start")
    for arm in arms:
        with refusals:
            parse_arm(arm)
    with refusals:
        made = make_design(base, grid, vary, design, design_seed)
    refusals.check()
    swept = [*made.axes, *made.varied]
    if twice := [name for name in swept if name in fixed]:
        raise InputError(f"{twice[0]} is swept and also set to {fixed[twice[0]]}; give it once")
    for arm in arms:
        if twice := [name for name in parse_arm(arm)[1] if name in swept]:
            raise InputError(f"arm {arm} says {twice[0]}, which is swept; leave it out of one")
    num_points = made.num_points * len(arms) * len(starts) * seeds
    if num_points > max_points:
        raise InputError(
            f"{num_points:,} points ({made.num_points:,} of the design x {len(arms) * len(starts)}"
            f" arms and starts x {seeds} seeds), at most {max_points:,} are allowed; sweep less, or"
            " allow more with --max-points"
        )
    seeds = list(range(first_seed, first_seed + seeds))
    cells = _cells(base, made, arms, starts, seeds, settings)
    plan = Plan(
        base, made, arms, list(dict.fromkeys(cell.start for cell in cells)), seeds, cells, [], {}
    )
    if len(plan.starts) < len(starts):
        raise InputError(f"starts {', '.join(starts)}: expected folders of different names")
    _check_arms(plan)
    return plan._replace(structures=_structures(cells), facts=_facts(plan))


def _cells(base, design, arms, starts, seeds, settings):
    """All cells, each with settings that the model accepts; what it refuses is told at once."""
    refusals, cells, numbers = Refusals(), [], {}
    varied = [dict(zip(design.varied, values)) for values in zip(*design.varied.values())] or [{}]
    for crossed in product(*design.axes.values()):
        for along in varied:
            values = dict(zip(design.axes, crossed)) | along
            with refusals:
                base.override(**values)
                for arm, start in product(arms, starts):
                    quiet = parse_arm(arm)[0] == "none"
                    chosen = {
                        name: value
                        for name, value in values.items()
                        if not (quiet and name in NOISE)
                    }
                    model = base.override(**chosen)
                    for seed in seeds:
                        one = resolve(model, noise=arm, start=start, seed=seed, **settings)
                        number = numbers.setdefault(
                            (one.model.hash, one.arm, one.start, one.replicate), len(numbers)
                        )
                        cells.append(
                            Cell(
                                values,
                                arm,
                                one.start_name,
                                seed,
                                one,
                                f"point-{number:05d}-seed{seed}",
                            )
                        )
    refusals.check()
    return cells


def _check_arms(plan):
    """Refuse arms that are the same under two names."""
    seen = {}
    for cell in plan.cells[: len(plan.arms) * len(plan.starts) * len(plan.seeds)]:
        one = cell.settings
        other = seen.setdefault(
            (one.arm, one.model.hash, one.replicate, one.start, one.seed), cell.arm
        )
        if other != cell.arm:
            raise InputError(f"arms {other} and {cell.arm} are the same; leave one out")


def _structures(cells):
    """Different structures of the cells' networks; refuses data, sizes and weights that do not
    fit.
    """
    refusals, ready, found = Refusals(), set(), {}
    for cell in cells:
        model, start = cell.settings.model, cell.settings.start
        compiled = {
            n for n, p in model.parameters.items() if p.choices or isinstance(p.value, int)
        } | {*SIZES}
        key = (cell.settings.arm, start, cell.seed if start not in STARTS else None)
        key += tuple(model[name] for name in sorted(compiled))
        if key not in ready:
            ready.add(key)
            with refusals:
                structure = prepare(cell.settings).structure
                found[json.dumps(structure, sort_keys=True)] = structure
    refusals.check()
    return list(found.values())


def _facts(plan):
    """What makes a sweep this one, JSON-able: two of equal facts are the same."""
    common = plan.cells[0].settings.facts()
    for name in ("arm", "start", "seed", "replicate", "set", "model_hash"):
        del common[name]
    return {
        **common,
        "text_hash": plan.model.hash,
        "axes": plan.design.axes,
        "varied": plan.design.varied,
        "arms": plan.arms,
        "starts": list(dict.fromkeys(cell.settings.start for cell in plan.cells)),
        "seeds": plan.seeds,
    }


def sweep(
    model="fang_2018",
    *,
    workers=None,
    dask=None,
    executor=None,
    retries=1,
    out=None,
    resume=False,
    progress=None,
    **design,
):
    """Run every point of a sweep and return a Sweep: dataset, table, failures, figure.

    Parameters
    ----------
    model : as for `run`.
    grid : {parameter: values}, crossed: a list, or a text such as "1e-5,1e-4", "lin(0,1,5)" or
        "log(1e-5,1e-2,7)".
    vary, design, design_seed : {parameter: "lin(LOW,HIGH)" or "log(LOW,HIGH)"} and how many points
        are drawn there and how: "random:100", "lhs:64" (Latin hypercube) or "sobol:64".
    arms, start, seeds, first_seed : as for `compare`; by default the model's arm, the prior, ten
        seeds.
    workers : processes at a time, by default one per core.
    dask : address (tcp://HOST:PORT) or scheduler file of a Dask scheduler whose workers run the
        points instead.
    executor : any concurrent.futures.Executor to run the points instead; it is not shut down.
    retries : how often a point that failed is tried again (never after bad input).
    max_points : the most points, 10 000 by default.
    out, resume : the folder, by default a new one below `runs`; go on with the sweep in it:
        finished points are kept.
    Further ones as for `run` (samples, test_samples, data, set, record, …).

    A point that fails is recorded and does not stop the others (`Sweep.failures`). Raises
    InputError before anything is run, Interrupted after Ctrl-C or SIGTERM, RuntimeError where the
    executor gives up.
    """
    started = time.perf_counter()
    if executor is not None and (workers is not None or dask is not None):
        raise InputError(
            "executor together with workers or dask: expected one of them; leave the others out"
        )
    check_workers(workers, dask)
    retries = whole_number("retries", retries, 0, 10**9)
    if resume and out is None:
        raise InputError("resume needs the folder of the sweep; give --out DIR")
    plan = plan_sweep(model, **design)
    folder = free_folder(f"sweep-{plan.model.name}") if out is None else Path(out)
    check_folder(folder, plan.facts, resume)
    folder = Path(os.path.abspath(folder))  # as the workers of a scheduler may see it
    if executor is not None and not hasattr(executor, "submit"):
        raise InputError(
            f"executor={executor!r}: expected a concurrent.futures.Executor, such as"
            " ProcessPoolExecutor()"
        )
    local = dask is None and executor is None
    if local:
        compiler.find_compiler()
    report = nullcontext(progress) if progress is not None else Progress("sweep")
    try:
        with (
            interruptible(),
            report as say,
            folders.folder_lock(folder) as token,
        ):
            if executor is not None:
                chosen = nullcontext((executor, retries))
            else:
                chosen = open_executor(
                    workers, dask, retries, announce=lambda text: say(0, 1, text)
                )
            with chosen as (pool, tries):
                points = {folder / name: settings for name, settings in plan.runs.items()}
                left = unfinished(points, say)
                if local and left:
                    _build(plan, say)
                atomic.atomic_write_json(folder / DESIGN, plan.facts)
                failures = _run(points, left, pool, token, tries, say)
            return _conclude(plan, folder, failures, time.perf_counter() - started)
    except Interrupted as stop:
        raise Interrupted(
            f"{stop}; finished points are kept: go on with --resume", stop.signal_number
        ) from None


def check_folder(folder, facts, resume):
    """Refuse a folder that holds anything but this very sweep to resume."""
    wanted = json.loads(json.dumps(facts))

    def compare(folder):
        path = folder / DESIGN
        if not path.exists():
            return None
        try:
            held = json.loads(path.read_text())
            there = {name: held[name] for name in wanted}
        except (ValueError, KeyError, TypeError, UnicodeDecodeError):
            raise DamagedError(f"{path} is damaged; give another folder with --out") from None
        names = different(wanted, there, digest="text_hash")
        return "; ".join(_difference(name, facts[name], there[name]) for name in names)

    check_claim(
        folder,
        "sweep",
        resume,
        compare,
        other="another sweep",
        strangers="other files than a sweep",
    )


def _difference(name, here, there):
    """In what two sweeps differ, in words."""
    if name == "text_hash":
        return "the model or its parameters are others"
    if isinstance(here, dict):
        names = [axis for axis in {**here, **there} if here.get(axis) != there.get(axis)]
        return f"other values of {', '.join(names)}" if names else "another order of the parameters"
    texts = [text if len(text) < 60 else f"{text[:57]}…" for text in (str(here), str(there))]
    return f"{name} is {texts[0]} here, {texts[1]} there"


def _build(plan, say):
    """All programs before the first run, so that one that does not compile is known at once."""
    for number, structure in enumerate(plan.structures):
        several = f", {number + 1} of {len(plan.structures)}" if len(plan.structures) > 1 else ""
        building.build(structure, announce=lambda text, several=several: say(0, 1, text + several))


def _run(points, left, executor, token, retries, say):
    """Run what is left; gives {name of folder: what went wrong}."""
    failures = {}
    total, before = total_samples(points), len(points) - len(left)
    ended = sum(settings.samples for path, settings in points.items() if path not in left)

    def look(num_left, running):
        done = ended + sum(samples_done(path, points[path]) for path in running)
        failed = f", {len(failures)} failed" if failures else ""
        say(
            done,
            total,
            f"{before + len(left) - num_left - len(failures)} of {len(points)} runs"
            f" finished{failed}",
        )

    for path, error in run_points(left, executor, token, retries=retries, look=look):
        ended += points[path].samples
        if error is not None:
            failures[path.name] = " ".join(str(error).split()) or type(error).__name__
    look(0, [])
    return failures


def _conclude(plan, folder, failures, wall_seconds):
    """Dataset, tables and figure into the folder, each whole or not at all; returns the Sweep."""
    records = {name: read_point(folder / name) for name in plan.runs if name not in failures}
    failed = [
        {
            **cell.values,
            "arm": cell.arm,
            "start": cell.start,
            "seed": cell.seed,
            "folder": cell.folder,
            "error": failures[cell.folder],
        }
        for cell in plan.cells
        if cell.folder in failures
    ]
    sweep = Sweep(folder, gather(plan, records), failed)
    sweep.summary = {
        "points": len(plan.cells),
        "finished": len(plan.cells) - len(failed),
        "failed": len(failed),
        "runs": len(plan.runs),
        "builds": len(plan.structures),
        "wall_seconds": wall_seconds,
    }
    sweep.write()
    return sweep


def dry_run(
    model, as_json=False, *, workers=None, dask=None, out=None, resume=False, retries=1, **design
):
    """Lines that say what `sweep` with these arguments would do: points, builds, time expected."""
    num_workers = check_workers(workers, dask)
    whole_number("retries", retries, 0, 10**9)
    plan = plan_sweep(model, **design)
    if out is not None:
        check_folder(Path(out), plan.facts, resume)
    running, building_time = plan.core_seconds()
    expected = building_time + running / (num_workers or 1)
    told = {
        "points": len(plan.cells),
        "runs": len(plan.runs),
        "builds": len(plan.structures),
        "core_seconds": running,
        "expected_seconds": expected,
    }
    if as_json:
        return [json.dumps(told)]
    names = [*plan.design.axes, *plan.design.varied]
    lines = [
        f"  {name} = {', '.join(f'{v:g}' if isinstance(v, float) else str(v) for v in values)}"
        for name, values in (*plan.design.axes.items(), *plan.design.varied.items())
    ]
    per = f"{len(plan.arms)} arms x {len(plan.starts)} starts x {len(plan.seeds)} seeds"
    where = (
        f"on {num_workers} workers"
        if num_workers
        else "on one core, shared among the scheduler's workers"
    )
    return [
        f"{len(plan.cells)} points: {plan.design.num_points} of {', '.join(names)} x {per}",
        *lines,
        *(
            f"  {name} = {plan.model.parameters[name].value} in all points"
            for name in plan.model.overridden
        ),
        f"{len(plan.runs)} runs (points that are the same run are run once)",
        (
            f"{len(plan.structures)} programs, {round(building_time / SECONDS_PER_BUILD)} of them"
            " to be built"
        ),
        (
            f"about {duration(expected)} {where}, from the sizes alone; the progress bar will know"
            " better"
        ),
    ]


def duration(seconds):
    """A time in words: 40 s, 12 min, 3.5 h, 2.1 days."""
    for unit, length, form in (
        ("s", 1, ".0f"),
        ("min", 60, ".0f"),
        ("h", 3600, ".1f"),
        ("days", 86400, ".1f"),
    ):
        if seconds < 90 * length or (unit == "h" and seconds < 48 * length):
            return f"{seconds / length:{form}} {unit}"
    return f"{math.ceil(seconds / 86400)} days"
