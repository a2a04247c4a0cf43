"""The page of one run: spikes, weights, test, saddle criterion, how it was made; it follows a run
that goes on.
"""

import asyncio
from html import escape
from math import isfinite

from spikesampler.errors import InputError
from spikesampler.experiments.measures import measures_of
from spikesampler.experiments.run_result import Result
from spikesampler.store.datasets import read_dataset
from spikesampler.view.complaints import say, where_it_failed
from spikesampler.view.panels import (
    about_panel,
    confusion_panel,
    measures_panel,
    saddle_panel,
)
from spikesampler.view.pathways import PathwaysPage
from spikesampler.view.spikes import SpikesPage
from spikesampler.view.trajectories import TrajectoriesPage
from spikesampler.view.widgets import labelled, message, text_line

__all__ = ["RunPage", "guarded"]

SADDLE = "saddle.nc"  #: what `spikesampler saddle` writes into a run's folder
POLL = 2_000  #: ms between looks at a run that is still going


def guarded(make, name):
    """What make() gives to lay out, or why it cannot be shown: never a blank page.

    name : of the page, for the terminal.
    """
    try:
        return make()
    except InputError as error:
        return message(error)
    except Exception as error:  # not foreseen: shown to the viewer, and told on the terminal
        told = f"{type(error).__name__}: {error}{where_it_failed(error)}"
        say(f"view {name}: cannot be shown: {told}")
        return message(f"this cannot be shown ({told})")


class RunPage:
    """One viewer's page of one run; `body` is what to lay out. `runs` gives the ViewedRun of a
    folder, as it is now.

    A run that goes on is shown as it grows; when it ends, or begins, the browser loads the page
    again.
    """

    def __init__(self, runs, folder):
        import panel as pn
        from bokeh.models import CustomJS, Div

        self.runs, self.folder, self.shown = runs, folder, None
        self.weights = self.trajectories = None
        self.document = pn.state.curdoc
        self.again = Div(visible=False)
        self.again.js_on_change("text", CustomJS(code="window.location.reload()"))
        panels = guarded(self._panels, folder.name)
        self.body = pn.Column(panels, self.again, sizing_mode="stretch_width")
        if self.shown is None or not self.shown.finished:
            self.looking = pn.state.add_periodic_callback(self.look_again, period=POLL)

    def _panels(self):
        import panel as pn

        shown = self.shown = self.runs.get(self.folder)
        self.state = text_line("state", _state(shown))
        self.spikes = SpikesPage(shown, self.document)
        self.later = {"Weights": self._weights}  # tabs are made when they are opened
        if shown.has_trajectories:
            self.later["Trajectories"] = self._trajectories
        if "confusion" in shown.learning and not shown.rule.is_silent:
            self.later["Test"] = lambda: confusion_panel(shown)
        if shown.finished:
            self.later["Measures"] = lambda: measures_panel(measures_of(Result(shown.path, False)))
        if (shown.path / SADDLE).is_file():
            self.later["Saddle criterion"] = lambda: saddle_panel(_saddle(shown))
        self.later["How it was made"] = lambda: about_panel(shown)
        self.names = ("Spikes", *self.later)
        empty = [(name, pn.Column(sizing_mode="stretch_width")) for name in self.later]
        tabs = pn.Tabs(("Spikes", self.spikes.view()), *empty, dynamic=True)
        tabs.param.watch(lambda event: self._open(tabs, event.new), "active")
        return labelled(shown.title, self.state, tabs)

    def _open(self, tabs, number):
        if make := self.later.pop(self.names[number], None):
            tabs[number][:] = [guarded(make, self.folder.name)]

    def _weights(self):
        self.weights = PathwaysPage(self.shown)
        return self.weights.view()

    def _trajectories(self):
        self.trajectories = TrajectoriesPage(self.shown)
        return self.trajectories.view()

    async def look_again(self):
        """Show what a run has saved since; the disk is read in a thread, so that the page stays
        alive.
        """
        try:
            shown = await asyncio.to_thread(self.runs.get, self.folder)
        except (InputError, OSError):
            return  # nothing is there yet, or the run is moving its files right now
        if self.shown is None or shown.finished:
            self.looking.stop()
            self.again.text = "again"
        elif shown is not self.shown:
            self.shown = shown
            self.spikes.show(shown)
            for page in (self.weights, self.trajectories):
                if page is not None:
                    page.show(shown)
            self.state.text = _state(shown)


def _state(shown):
    settings = shown.manifest["settings"]
    probe = f"probe accuracy {float(shown.learning['probe_accuracy'][-1]):.3f}"
    if shown.rule.is_silent:
        probe = "nothing fires"
    if shown.finished and shown.rule.is_silent:
        return f"<p data-state='finished'>{shown.num_samples} samples, {probe}</p>"
    if shown.finished:
        test = float(shown.learning.attrs["test_accuracy"])
        averaged = float(shown.learning.attrs["averaged_accuracy"])
        mean = f", averaged over theta {averaged:.3f}" if isfinite(averaged) else ""
        return (
            f"<p data-state='finished'>{shown.num_samples} samples, {probe}, test accuracy"
            f" {test:.3f}{mean}</p>"
        )
    status = escape(shown.manifest["status"])
    so_far = f"{shown.num_samples} of {settings['samples']} samples so far"
    return f"<p data-state='growing'>{status}: {so_far}, {probe}; this page follows</p>"


def _saddle(shown):
    remedy = f"repeat `spikesampler saddle {shown.path}`"
    return read_dataset(shown.path / SADDLE, "cannot be read", remedy)
