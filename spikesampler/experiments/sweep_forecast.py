"""How large a sweep would be, from its plan alone: points, programs and the time expected."""

import math
from pathlib import Path
from typing import Any, NamedTuple

from spikesampler.experiments.arguments import OptionalPath, accepts
from spikesampler.experiments.declared import PLAN, SWEEP
from spikesampler.experiments.length import samples_asked_or_there
from spikesampler.experiments.phases import chunk_borders
from spikesampler.experiments.settings import Settings
from spikesampler.experiments.sweep_folder import check_folder, read_design
from spikesampler.experiments.sweep_plan import Plan, plan_sweep
from spikesampler.jobs.executors import check_workers
from spikesampler.language.evaluator import firing_of, steady_rate
from spikesampler.language.layers import Pathway
from spikesampler.language.model import Model
from spikesampler.spiking.build import is_built
from spikesampler.spiking.structure import CAPACITY

# Of the time that a run takes: a 2.6 GHz EPYC, g++ 12 (scripts/scaling.py, scripts/benchmark.py)
SECONDS_PER_EVENT = 2.2e-9
SECONDS_PER_CHUNK = 0.01
SECONDS_PER_RUN = 0.05
SECONDS_PER_BUILD = 8.0
GUESSED_RATE = 200.0  #: Hz, of all outputs, where the model's changes as it runs
REFERENCE_FACTOR = 160  #: how much slower the plain clock-driven network is


class Forecast(NamedTuple):
    """What a sweep would do; as text, a line for each of it."""

    plan: Plan
    num_workers: int

    @property
    def num_builds(self) -> int:
        """Programs that are still to be built."""
        return sum(not is_built(structure) for structure in self.plan.structures)

    @property
    def facts(self) -> dict[str, Any]:
        """Numbers of points, runs and programs, and times in s, good to a factor of 2."""
        running = sum(map(expected_seconds, self.plan.runs.values()))
        expected = SECONDS_PER_BUILD * self.num_builds + running / (self.num_workers or 1)
        return {
            "points": len(self.plan.cells),
            "runs": len(self.plan.runs),
            "builds": len(self.plan.structures),
            "core_seconds": running,
            "expected_seconds": expected,
        }

    def __str__(self) -> str:
        plan, facts = self.plan, self.facts
        swept = plan.design.axes | plan.design.varied
        per = f"{len(plan.arms)} arms x {len(plan.starts)} starts x {len(plan.seeds)} seeds"
        where = "on one core, shared among the scheduler's workers"
        if self.num_workers:
            where = f"on {self.num_workers} workers"
        lines = [
            f"{facts['points']} points: {plan.design.num_points} of {', '.join(swept)} x {per}"
        ]
        for name, values in swept.items():
            texts = (f"{v:g}" if isinstance(v, float) else str(v) for v in values)
            lines.append(f"  {name} = {', '.join(texts)}")
        for name in plan.model.overridden:
            lines.append(f"  {name} = {plan.model.parameters[name].value} in all points")
        lines += [
            f"{facts['runs']} runs (points that are the same run are run once)",
            f"{facts['builds']} programs, {self.num_builds} of them to be built",
            f"about {duration(facts['expected_seconds'])} {where}, from the sizes alone; the"
            " progress bar will know better",
        ]
        return "\n".join(lines)


@accepts(*SWEEP)
def forecast_sweep(
    *, workers: int | None, dask: str | None, out: OptionalPath, resume: bool, **others: Any
) -> Forecast:
    """What `sweep` with these arguments would do; refuses what it would refuse.

    {arguments}
    """
    num_workers = check_workers(workers, dask)
    if resume and out is not None:
        others["samples"] = samples_asked_or_there(others["samples"], read_design(Path(out)))
    plan = plan_sweep(**{argument.name: others[argument.name] for argument in PLAN})
    if out is not None:
        check_folder(Path(out), plan.facts, resume, plan.runs)
    return Forecast(plan, num_workers)


def expected_seconds(settings: Settings) -> float:
    """s that one run takes on one core, from the number of synaptic events of its samples."""
    m = settings.model
    borders = chunk_borders(settings.samples, settings.probe_every, CAPACITY)
    inputs_rate = m["r_min"] + m["r_max"] / 8  # mean over tuning curves
    rates = {each.layer: _rate(m, each) for each in m.pathways}  # of all neurons of a layer
    events = 0.0
    for each in m.pathways:
        heard = rates[each.source] / each.num_inputs if each.source in rates else inputs_rate
        per_synapse = heard * m["sample_length"] + m["sample_length"] / m["grid"]
        own = 2 * rates[each.layer] * m["sample_length"]
        events += each.num_inputs * (each.num_outputs * per_synapse + own)
    num_probes = settings.samples // settings.probe_every + 1
    shown = settings.samples + num_probes * settings.probe_samples + settings.test_samples
    slower = REFERENCE_FACTOR if settings.engine == "reference" else 1
    chunks = (len(borders) + num_probes) * SECONDS_PER_CHUNK
    return SECONDS_PER_RUN + chunks + shown * events * SECONDS_PER_EVENT * slower


def _rate(model: Model, pathway: Pathway) -> float:
    """Spikes per second of all neurons of a pathway's layer."""
    law, text = firing_of(pathway.rule)
    rate = steady_rate(pathway.rule, model.base_values(), text, "firing")
    if rate is None:
        return GUESSED_RATE
    return rate * (pathway.num_outputs if law == "poisson" else pathway.groups)


def duration(seconds: float) -> str:
    """A time in words: 40 s, 12 min, 3.5 h, 2.1 days."""
    for unit, length, digits in (("s", 1, 0), ("min", 60, 0), ("h", 3_600, 1), ("days", 86_400, 1)):
        if seconds < 90 * length:
            return f"{seconds / length:.{digits}f} {unit}"
    return f"{math.ceil(seconds / 86_400)} days"
