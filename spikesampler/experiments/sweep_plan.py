"""What a sweep will do, known before anything is written, built or run."""

import json
from itertools import product
from typing import Any, NamedTuple

from spikesampler.errors import InputError
from spikesampler.experiments.arguments import accepts
from spikesampler.experiments.declared import PLAN
from spikesampler.experiments.design import Design, Refusals, make_design
from spikesampler.experiments.prepare import prepare
from spikesampler.experiments.settings import (
    Settings,
    refuse_twins,
    resolve,
    spiking_model,
)
from spikesampler.language.arm_option import NOISE
from spikesampler.language.arm_places import arms_by_label, placed_arm
from spikesampler.language.evaluator import default_start
from spikesampler.language.model import Model
from spikesampler.stimuli import as_data

#: parameters that are compiled in, beside counts and words
SIZES = ("dt", "gap", "grid", "sample_length")


class Cell(NamedTuple):
    """One point: values by swept parameter, arm, start, seed, Settings and name of its folder."""

    values: dict[str, Any]
    arm: str
    start: str
    seed: int
    settings: Settings
    folder: str


class Plan(NamedTuple):
    """All that a sweep will do.

    arms : {name in the dataset: text}. cells : in the order of the dataset's dimensions. structures
    : one for each program.
    """

    model: Model
    design: Design
    arms: dict[str, str]
    starts: list[str]
    seeds: list[int]
    cells: list[Cell]
    structures: list[dict]

    @property
    def runs(self) -> dict[str, Settings]:
        """{name of folder: Settings}, seed by seed, so that what is stopped has whole seeds."""
        cells = sorted(self.cells, key=lambda cell: cell.seed)
        return {cell.folder: cell.settings for cell in cells}

    @property
    def facts(self) -> dict[str, Any]:
        """What makes a sweep this one, JSON-able: two of equal facts are the same."""
        common = self.cells[0].settings.facts()
        for name in ("arm", "noise", "arm_texts", "start", "seed", "replicate"):
            del common[name]
        for name in ("set", "model_hash"):
            del common[name]
        return {
            **common,
            "text_hash": self.model.hash,
            "axes": self.design.axes,
            "varied": self.design.varied,
            "arms": [*self.arms.values()],
            "starts": list(dict.fromkeys(cell.settings.start for cell in self.cells)),
            "seeds": self.seeds,
        }


@accepts(*PLAN)
def plan_sweep(
    *,
    model: str | Model,
    grid: dict | None,
    vary: dict | None,
    design: str | None,
    design_seed: int,
    arms: list[str] | None,
    start: list[str] | None,
    seeds: int,
    first_seed: int,
    max_points: int,
    set: dict | None,
    **settings: Any,
) -> Plan:
    """The Plan of `sweep`; InputError tells everything that is refused.

    {arguments}
    """
    base, points, refusals = spiking_model(model), Design({}, {}), Refusals()
    with refusals:
        settings["data"] = as_data(settings["data"])  # once, not for each point
        base = resolve(model=base, set=set, **settings).model
    texts = arms_by_label([base.noise] if arms is None else arms)
    start = start or [default_start(base.rule)]
    for text in texts.values():
        with refusals:
            placed_arm(text, base)
    with refusals:
        points = make_design(base, grid, vary, design, design_seed)
    refusals.check()
    _refuse_said_twice(points, set or {}, texts, base)
    per_point = len(texts) * len(start) * seeds
    if points.num_points * per_point > max_points:
        raise InputError(
            f"{points.num_points * per_point:,} points ({points.num_points:,} of the design x"
            f" {len(texts) * len(start)} arms and starts x {seeds} seeds), at most {max_points:,}"
            " are allowed; sweep less, or allow more with --max-points"
        )
    numbers = list(range(first_seed, first_seed + seeds))
    cells = _cells(base, points, texts, start, numbers, settings)
    starts = list(dict.fromkeys(cell.start for cell in cells))
    if len(starts) < len(start):
        raise InputError(f"starts {', '.join(start)}: expected folders of different names")
    refuse_twins((cell.arm, cell.settings) for cell in cells[:per_point])
    return Plan(base, points, texts, starts, numbers, cells, _structures(cells))


def _refuse_said_twice(design: Design, fixed: dict, arms: dict[str, str], model: Model) -> None:
    """Refuse parameters that are swept, and also set, or said by an arm."""
    swept = [*design.axes, *design.varied]
    if twice := [name for name in swept if name in fixed]:
        raise InputError(f"{twice[0]} is swept and also set to {fixed[twice[0]]}; give it once")
    for arm in arms.values():
        options = placed_arm(arm, model).options
        if twice := [name for name in options if name in swept]:
            raise InputError(f"arm {arm} says {twice[0]}, which is swept; leave it out of one")


def _cells(
    base: Model,
    design: Design,
    arms: dict[str, str],
    starts: list[str],
    seeds: list[int],
    settings: dict[str, Any],
) -> list[Cell]:
    """All cells, each with settings that the model accepts; what it refuses is told at once."""
    refusals, cells = Refusals(), []
    numbers: dict[tuple, int] = {}  # of folders: points that are the same run have one
    for values in design.points():
        with refusals:
            base.override(**values)
            for arm, start in product(arms, starts):
                is_noisy = placed_arm(arms[arm], base).is_noisy
                without = () if is_noisy else NOISE
                chosen = {name: value for name, value in values.items() if name not in without}
                model = base.override(**chosen)
                for seed in seeds:
                    run = resolve(model=model, noise=arms[arm], start=start, seed=seed, **settings)
                    key = (run.model.hash, run.noise, run.start, run.replicate)
                    number = numbers.setdefault(key, len(numbers))
                    folder = f"point-{number:05d}-seed{seed}"
                    cells.append(Cell(values, arm, run.start_name, seed, run, folder))
    refusals.check()
    return cells


def _structures(cells: list[Cell]) -> list[dict]:
    """Different structures of the cells' networks; refuses data and weights that do not fit."""
    refusals, ready, structures = Refusals(), set(), {}
    for cell in cells:
        model, start = cell.settings.model, cell.settings.start
        compiled = {
            name
            for name, parameter in model.parameters.items()
            if parameter.choices or isinstance(parameter.value, int) or name in SIZES
        }
        weights_of = cell.seed if cell.settings.starts_from_run else None
        sizes = tuple(model[name] for name in sorted(compiled))
        sizes += tuple((each.num_outputs, each.groups, each.delay) for each in model.pathways)
        key = (cell.settings.noise, start, weights_of, sizes)
        if key not in ready:
            ready.add(key)
            with refusals:
                structure = prepare(cell.settings).structure
                structures[json.dumps(structure, sort_keys=True)] = structure
    refusals.check()
    return list(structures.values())
