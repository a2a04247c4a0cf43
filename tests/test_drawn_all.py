"""No function that draws is without a test of what it draws.

Found are all public functions of figures/ and studies/ that take axes first, or give a figure: by
their names, or by what they say that they give.
"""

import importlib
import inspect
import pkgutil
from pathlib import Path

import drawn
import test_drawn_fang_2018
import test_drawn_figures
import test_drawn_panels
import test_drawn_runs
import test_drawn_studies
import test_drawn_study_figures

import spikesampler.figures
import spikesampler.studies

TESTS = (
    test_drawn_fang_2018,
    test_drawn_figures,
    test_drawn_panels,
    test_drawn_runs,
    test_drawn_studies,
    test_drawn_study_figures,
)
#: what is looked at elsewhere: {function: (file of tests, test)}
ELSEWHERE = {
    **dict.fromkeys(
        ("fang_2018.arms_figure.curves_figure", "fang_2018.arms_figure.runs_figure"),
        (("test_arms_study.py", "test_figures_draw_every_run_and_the_means_of_every_arm"),),
    ),
    **dict.fromkeys(
        ("two_layer.figure.accuracies_figure", "two_layer.figure.curves_figure"),
        (("test_two_layer.py", "test_figures_draw_what_they_are_given"),),
    ),
    **dict.fromkeys(
        ("kappel_2018.figure.curves_figure", "kappel_2018.figure.synapses_figure"),
        (("test_kappel_2018.py", "test_figures_draw_what_they_are_given"),),
    ),
    **dict.fromkeys(
        ("nessler_2013.figure.causes_figure", "nessler_2013.figure.fixed_figure"),
        (("test_nessler_2013.py", "test_figures_draw_what_they_are_given"),),
    ),
    **dict.fromkeys(
        ("stdp_pairs.figure.drift_figure", "stdp_pairs.figure.weights_figure"),
        (("test_stdp_pairs.py", "test_figures_draw_what_they_are_given"),),
    ),
    "kappel_2014.figure.sequences_figure": (
        ("test_kappel_2014.py", "test_the_figure_draws_what_it_is_given"),
    ),
    "fang_2018.rate_network_figure.rates_figure": (
        ("test_rate_network.py", "test_the_figure_draws_what_it_is_given"),
    ),
    "spine_sizes.figure.sizes_figure": (
        ("test_spine_sizes.py", "test_the_figure_draws_what_it_is_given"),
    ),
    "fang_2018.benefit_figure.benefit_figure": (
        ("test_benefit.py", "test_the_figure_shows_every_number"),
        ("test_benefit.py", "test_colours_are_symmetric_and_shared_and_blue_is_better"),
        ("test_benefit.py", "test_cells_are_hatched_where_no_difference_is_not_excluded"),
    ),
    **dict.fromkeys(
        ("fang_2018.readings.figure", "fang_2018.readings_figure.readings_figure"),
        (
            (
                "test_readings.py",
                "test_the_picture_has_a_row_for_each_reading_and_a_point_for_each_number",
            ),
        ),
    ),
    "kulikovskikh_2021.family.draw": (("test_light_family.py", "test_the_figure_has_its_panels"),),
    "kulikovskikh_2021.family_figure.family_figure": (
        ("test_light_family.py", "test_the_figure_has_its_panels"),
    ),
}
#: places and ticks alone
NO_DATA = {
    "figures.style.new_figure",
    "figures.ticks.axes_mm",
    "figures.ticks.slot_ticks",
    "figures.ticks.value_axis",
    "studies.optimisation_primer.figures.layout.panels_figure",
    "studies.fang_2018.fig2.fig2_of_seed",  # `fig2` of a run
}


def drawing():
    """{name without the package's: function} of all that draw."""
    found = {}
    for room in (spikesampler.figures, spikesampler.studies):
        for module in pkgutil.walk_packages(room.__path__, f"{room.__name__}."):
            functions = inspect.getmembers(importlib.import_module(module.name), inspect.isfunction)
            for name, function in functions:
                if name.startswith("_") or function.__module__ != module.name:
                    continue
                signature = inspect.signature(function)
                gives = signature.return_annotation
                gives = getattr(gives, "__name__", str(gives)).strip("'\"")
                takes = list(signature.parameters)[:1] == ["ax"]
                if takes or name.endswith("_figure") or gives == "Figure":
                    found[f"{module.name.removeprefix('spikesampler.')}.{name}"] = function
    return found


def test_every_function_that_draws_is_compared_with_what_it_was_given():
    functions, here = drawing(), Path(__file__).parent
    told = {f"studies.{name}" for name in ELSEWHERE} | NO_DATA
    assert told <= set(functions)
    forgotten = {
        name
        for name, function in functions.items()
        if function not in drawn.FIGURES and name not in told
    }
    assert not forgotten
    assert len(functions) > 90
    for tests in ELSEWHERE.values():
        for file, test in tests:
            assert f"def {test}(" in (here / file).read_text()


def test_the_tests_are_those_of_these_files():
    """A test that a decorator names is collected by its own name, and runs by default."""
    for test in drawn.FIGURES.values():
        (module,) = (module for module in TESTS if module.__name__ == test.__module__)
        assert getattr(module, test.__name__) is test
        assert "slow" not in [mark.name for mark in getattr(test, "pytestmark", [])]
