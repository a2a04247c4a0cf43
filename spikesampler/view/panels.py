"""Panels of a run that follow from its arrays alone, as holoviews elements: confusion, saddle
criterion, facts.
"""

from html import escape

import numpy as np

from spikesampler.figures.style import GREY, PALETTE
from spikesampler.stats.responses import row_percent
from spikesampler.view.widgets import labelled, table

__all__ = ["about_panel", "confusion_panel", "measures_panel", "saddle_panel"]

CURVATURES = {
    "total": "A + B + C, Eq. (4)",
    "trace": "exact trace",
    "largest": "largest eigenvalue",
}


def confusion_panel(shown):
    """Which class is answered by which output, in percent of the class' test samples."""
    import holoviews as hv
    import panel as pn

    counts = shown.learning["confusion"].values
    percent = row_percent(counts)
    cells = [(str(k), str(c), percent[c, k], counts[c, k]) for c, k in np.ndindex(counts.shape)]
    look = {"cmap": "Blues", "clim": (0, 100), "clabel": "test samples of the class (%)"}
    look |= {"width": 560, "height": 460, "invert_yaxis": True, "toolbar": None}
    heat = hv.HeatMap(cells, ["Response", "Class"], ["Percent", "Samples"])
    panels = [heat.opts(colorbar=True, tools=["hover"], **look)]
    if counts.size <= 400:
        texts = [(k, c, f"{p:.0f}") for k, c, p, _ in cells if p >= 0.5]
        for color, dark in (("black", False), ("white", True)):
            part = [text for text in texts if (float(text[2]) >= 55) == dark]
            labels = hv.Labels(part, ["Response", "Class"], "text")
            panels += [labels.opts(text_color=color, text_font_size="11px")] if part else []
    attrs = shown.learning.attrs
    accuracy, bayes = float(attrs["test_accuracy"]), float(attrs["bayes_accuracy"])
    ceiling = f" of {bayes:.3f} (Bayes-optimal)" if np.isfinite(bayes) else ""
    averaged = averages_words(attrs)
    words = (
        f"{shown.learning.sizes['test_sample']} test samples, plasticity, noise and teacher"
        f" switched off: accuracy {accuracy:.3f}{ceiling}, chance {attrs['chance']:.3f}. Ties are"
        f" shared.{averaged}"
    )
    return labelled(
        "Test",
        pn.pane.HTML(f"<p>{words}</p>"),
        pn.pane.HoloViews(hv.Overlay(panels), name="confusion"),
    )


def averages_words(attrs):
    """What averages over theta reach, from the attributes of learning.nc; "" without any."""
    if not np.isfinite(attrs["averaged_accuracy"]):
        return ""

    def scores(accuracy, who):
        names = accuracy, f"{who}_log_loss", f"{who}_calibration_error"
        return "accuracy {:.3f}, log loss {:.3f}, calibration error {:.3f}".format(
            *(float(attrs[name]) for name in names)
        )

    return (
        " The mean of the answers of snapshots of theta, from the second half of learning:"
        f" {scores('averaged_accuracy', 'averaged')}; the last snapshot alone, by its shares:"
        f" {scores('test_answer_accuracy', 'test')}; the network of their mean theta:"
        f" {scores('mean_theta_accuracy', 'mean_theta')}."
    )


def signed_log(values):
    """sign(v) log10(1 + |v|): an axis of both signs and many sizes."""
    values = np.asarray(values, float)
    return np.sign(values) * np.log10(1 + np.abs(values))


def saddle_panel(found):
    """The Dataset of `experiments.saddle` over biological time, on a symmetric logarithmic
    axis.
    """
    import holoviews as hv
    import panel as pn

    curves, seconds = {}, found["seconds"].values
    extent = max(1.0, *(np.nanmax(np.abs(found[name].values)) for name in CURVATURES))
    ticks = [(0.0, "0")]
    for k in range(0, int(np.ceil(np.log10(extent))) + 1):
        place = float(np.log10(1 + 10.0**k))
        ticks += [(-place, f"−10^{k}"), (place, f"10^{k}")]
    dims = [hv.Dimension("seconds", label="Biological time", unit="s")], ["height", "value"]
    for color, (name, text) in zip(PALETTE, CURVATURES.items()):
        rows = list(zip(seconds, signed_log(found[name].values), found[name].values))
        line = hv.Curve(rows, *dims, label=text).opts(color=color, line_width=2)
        dots = hv.Scatter(rows, *dims, label=text).opts(color=color, size=6, tools=["hover"])
        curves[text] = line * dots
    overlay = hv.Overlay(list(curves.values())).collate()
    overlay *= hv.HLine(0).opts(color=GREY, line_width=1)
    look = {"legend_position": "right", "width": 860, "height": 360, "toolbar": None}
    look |= {"ylabel": "Curvature of J", "yticks": sorted(ticks)}
    overlay = overlay.opts(hv.opts.Overlay(**look))
    known = np.isfinite(found["largest"].values)
    agree = int(found["agrees"].values[known].sum())
    words = (
        f"A + B + C has the sign of the largest eigenvalue in {agree} of {known.sum()} snapshots; "
        f"{found.attrs['patterns']} PSP {found.attrs['kind']} that count as "
        f"{found.attrs['effective_patterns']:.6g}."
    )
    return labelled(
        "Saddle criterion", pn.pane.HTML(f"<p>{escape(words)}</p>"), pn.pane.HoloViews(overlay)
    )


def about_panel(shown):
    """How a run was made: settings, parameters with unit and source, versions."""
    import panel as pn

    manifest = shown.manifest
    settings = {name: value for name, value in manifest["settings"].items() if name != "set"}
    facts = [(name, "–" if value is None else str(value)) for name, value in settings.items()]
    facts += [(name, manifest[name]) for name in ("status", "started")]
    facts.append(("commit", manifest["commit"] or "–"))
    facts += [("finished", manifest["finished"])] if "finished" in manifest else []
    facts += [*manifest["versions"].items(), ("processor", manifest["build"]["cpu"])]
    rows = []
    for name, parameter in manifest["parameters"].items():
        unit = "" if parameter["unit"] == "1" else parameter["unit"]
        changed = "changed" if name in manifest["settings"]["set"] else ""
        rows.append((name, _number(parameter["value"]), unit, parameter.get("source", ""), changed))
    head = ("parameter", "value", "unit", "source", "")
    return pn.Column(
        labelled("Settings", pn.pane.HTML(table(("what", "value"), facts))),
        labelled("Parameters", pn.pane.HTML(table(head, rows, numbers=(1,)))),
    )


def measures_panel(found):
    """What experimenters measure, as a table; found : as of `measures_of`."""
    import panel as pn

    rows = [
        (one.of, one.name.replace("_", " "), _measured(one.value), one.unit, one.about)
        for one in found
    ]
    head = ("of", "measure", "value", "unit", "what it is")
    return labelled("Measures", pn.pane.HTML(table(head, rows, numbers=(2,))))


def _measured(value):
    return f"{value:.4g}" if np.isfinite(value) else "–"


def _number(value):
    return value if isinstance(value, str) else f"{value:.6g}"
