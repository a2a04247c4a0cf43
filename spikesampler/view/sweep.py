"""The page of a sweep: a map of any two dimensions, the others on sliders; a click on a cell opens
its run.
"""

import numpy as np

from spikesampler.errors import printable
from spikesampler.view.widgets import labelled, message, no_logo, run_address, run_link, table

__all__ = ["SweepPage", "sweep_page"]

MEASURES = {
    "test_accuracy": "test accuracy",
    "averaged_accuracy": "test accuracy, averaged over theta",
    "probe_accuracy": "probe accuracy",
    "online_accuracy": "online accuracy (the label leaks in)",
    "escape_seconds": "time to escape (s)",
    "escaped": "escaped (share of runs)",
}
MEAN = "mean over seeds"
ROWS = 400  #: of the table
NO_FOLDERS = (
    "this dataset does not say in which folders its runs are, so none can be opened from here:"
    " repeat `spikesampler sweep` with the same options and --resume, which makes it anew"
)
LOOK = {
    "width": 760,
    "tools": ["tap", "hover"],
    "active_tools": [],
    "toolbar": "above",
    "colorbar": True,
    "cmap": "viridis",
}


def sweep_page(sweep, runs):
    """All panels of a Sweep; `runs` are its runs."""
    return SweepPage(sweep, runs).view()


class SweepPage:
    """`sweep` is a Sweep, `view()` what to lay out."""

    def __init__(self, sweep, runs):
        import panel as pn

        self.sweep, self.dataset, self.runs = sweep, sweep.dataset, runs
        dims, varied = sweep.dims, self._varied()
        choices = varied or dims
        names = {text: name for name, text in MEASURES.items() if name in self.dataset}
        self.measure = pn.widgets.Select(name="Measure", options=names, width=220)
        self.x = pn.widgets.Select(name="Across", options=choices, width=150, disabled=not choices)
        self.y = pn.widgets.Select(
            name="Up", options=[*choices[1:], *choices[:1]], width=150, visible=len(choices) > 1
        )
        seeds = {MEAN: -1} | {str(seed): seed for seed in self.dataset["seed"].values.tolist()}
        self.seed = pn.widgets.Select(name="Seed", options=seeds, width=150)
        self.others = {dim: self._slider(dim) for dim in dims if dim != "point"}
        self.map = pn.pane.HoloViews(None)
        self.points = pn.pane.HTML("", sizing_mode="stretch_width")
        for widget in (self.measure, self.x, self.y, self.seed, *self.others.values()):
            widget.param.watch(lambda _: self.draw(), "value")
        self.draw()

    def _varied(self):
        """Names of the parameters of a design, which lie along `point`."""
        return [
            name
            for name in self.dataset.coords
            if self.dataset[name].dims == ("point",) and name != "point"
        ]

    def _slider(self, dim):
        import panel as pn

        values = self.dataset[dim].values.tolist()
        options = {_text(value): value for value in values}
        widget = pn.widgets.Select if isinstance(values[0], str) else pn.widgets.DiscreteSlider
        value = values[-1] if dim == "arm" else values[0]
        return widget(name=dim, options=options, value=value, width=220)

    # --- what is shown ---

    def chosen(self):
        """The part of the dataset that is shown: others fixed, seeds there still; and the
        dimensions of the map.
        """
        along = [self.x.value, self.y.value if self.y.visible else None]
        along = ["point"] if self._varied() else list(dict.fromkeys(filter(None, along)))
        part = self.dataset.drop_vars("probe_curve", errors="ignore")
        for dim, widget in self.others.items():
            widget.visible = dim not in along
            if dim not in along:
                part = part.sel({dim: widget.value})
        return part, along

    def cells(self):
        """One dict per cell: its coordinates, value (mean over seeds, or of one seed), and folder
        of the run.
        """
        part, along = self.chosen()
        cells, names = [], self._varied() or along
        stacked = part.stack(cell=along) if along else part.expand_dims("cell")
        for i in range(stacked.sizes["cell"]):
            cell = stacked.isel(cell=i)
            of_seed = cell if self.seed.value == -1 else cell.sel(seed=[self.seed.value])
            values = of_seed[self.measure.value].values.astype(float)
            known = values[np.isfinite(values)]
            about = {
                "value": float(known.mean()) if known.size else np.nan,
                "runs": known.size,
                "folder": str(of_seed["folder"].values[0]) if "folder" in cell else "",
                "of_seed": of_seed,
            }
            cells.append({name: cell[name].values.item() for name in names} | about)
        return cells, names

    def draw(self):
        """Draw what the widgets say."""
        cells, names = self.cells()
        self.map.object = self._map(cells, names)
        self.points.object = self._table(cells, names)

    def _map(self, cells, names):
        import holoviews as hv
        import pandas

        text, varied = MEASURES[self.measure.value], self._varied()
        x, y = self.x.value, self.y.value
        y = y if self.y.visible and y != x else None
        label = {name: _label(self.dataset, name) for name in names}
        rows = pandas.DataFrame(
            {
                "across": [_place(cell, x, varied) for cell in cells],
                "up": [_place(cell, y, varied) if y else "" for cell in cells],
                "value": [cell["value"] for cell in cells],
                "runs": [cell["runs"] for cell in cells],
                "address": [run_address(cell["folder"]) for cell in cells],
            }
        )
        # holoviews cannot reshape the string arrays of pandas 3
        words = rows.columns[[isinstance(value, str) for value in rows.iloc[0]]]
        rows = rows.astype(dict.fromkeys(words, object))
        dims = ["across", "up"], [hv.Dimension("value", label=text), "runs", "address"]
        look = LOOK | {"height": 480 if y else 220, "clabel": text}
        look |= {"xlabel": label.get(x, ""), "ylabel": label.get(y, "")}
        look["hooks"] = [_open_on_tap, no_logo]
        if varied:
            return hv.Points(rows, *dims).opts(color="value", size=14, line_color="white", **look)
        return hv.HeatMap(rows, *dims).opts(xrotation=30, **look)

    def _table(self, cells, names):
        measures = [name for name in MEASURES if name in self.dataset]
        head = (*names, "seed", *(MEASURES[name] for name in measures), "run")
        rows = []
        for cell in cells:
            values = [_text(cell[dim]) for dim in names]
            for i, seed in enumerate(cell["of_seed"]["seed"].values):
                run = cell["of_seed"].isel(seed=i)
                scores = [_score(name, run[name].item()) for name in measures]
                folder = str(run["folder"].values) if "folder" in run else ""
                rows.append((*values, str(seed), *scores, run_link(self.runs, folder)))
        more = ""
        if len(rows) > ROWS:
            more = f"<p>{len(rows) - ROWS} more: choose a seed, or see points.csv.</p>"
        return table(head, rows[:ROWS], numbers=range(len(names) + 1, len(head) - 1)) + more

    def view(self):
        """All panels, to lay out."""
        import panel as pn

        summary = self.sweep.summary
        several = self.dataset.sizes["seed"] > 1
        first_seed = " (of the first seed, unless one is chosen)" if several else ""
        words = (
            f"{summary['finished']} of {summary['points']} points finished. Click a cell to open"
            f" its run{first_seed}."
        )
        widgets = pn.FlexBox(self.measure, self.x, self.y, self.seed, *self.others.values())
        notes = [] if "folder" in self.dataset else [message(NO_FOLDERS)]
        return labelled(
            f"{printable(self.sweep.folder.resolve().name)}: sweep",
            pn.pane.HTML(f"<p>{words}</p>"),
            *notes,
            widgets,
            self.map,
            *self._failures(),
            labelled("Points", self.points),
        )

    def _failures(self):
        """The points that failed, as a list of one panel, or of none."""
        import panel as pn

        rows = []
        for failure in self.sweep.failures:
            values = {k: v for k, v in failure.items() if k not in ("folder", "error")}
            point = ", ".join(f"{name}={_text(value)}" for name, value in values.items())
            rows.append((point, failure["error"]))
        failures = table(("point", "error"), rows)
        return [labelled("Failures", pn.pane.HTML(failures))] if rows else []


def _open_on_tap(plot, element):
    """A click opens the run of the cell, in a tab of its own: in the browser, where no one blocks
    it.
    """
    from bokeh.models import OpenURL, TapTool

    plot.state.select_one(TapTool).callback = OpenURL(url="@address")


def _place(cell, name, varied):
    """Where a cell lies: a number on the axis of a design, the value as a word on that of a
    grid.
    """
    if not name:
        return ""
    return cell[name] if varied and not isinstance(cell[name], str) else _text(cell[name])


def _text(value):
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _score(name, value):
    if not np.isfinite(value):
        return "–"
    return f"{value:.0f}" if name in ("escape_seconds", "escaped") else f"{value:.3f}"


def _label(dataset, name):
    """Name of a swept parameter with its meaning and unit."""
    about = dataset[name].attrs
    unit = f" ({about['units']})" if about.get("units", "1") != "1" else ""
    return f"{name}{': ' + about['long_name'] if about.get('long_name') else ''}{unit}"
