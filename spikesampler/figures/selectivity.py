"""Outputs that come to stand for clusters, and what happens to them when the clusters change."""

from __future__ import annotations

import numpy as np
from matplotlib import rc_context

from spikesampler.figures.style import GREY, PALETTE, RC, WIDTH, add_axes, new_figure
from spikesampler.stats.responses import preferred_class

__all__ = ["change_mark", "class_responses", "over_time", "response_scale", "swap_figure"]

RESPONSES = "Blues"
COLORS = {0: PALETTE[5], 1: PALETTE[0]}  #: by temperature
WIDTHS = {0: 2.2, 1: 1.0}  #: pt: where the curves coincide, both are seen
DOTS, DASHES = (0, (1, 1)), (0, (3, 1.5))
#: what happens in the second half, later ones on top: (line style, is it a control)
KINDS = {"anew": (DASHES, True), "stay": (DOTS, True), "swap": ("-", False), "learn": ("-", False)}


def class_responses(ax, rates, top):
    """Responses (n_output, n_class) in Hz as a heat map from 0 to `top`, in the order given; nan is
    grey.
    """
    rates = np.asarray(rates, float)
    ax.imshow(
        np.ma.masked_invalid(rates),
        cmap=RESPONSES,
        vmin=0,
        vmax=top,
        aspect="auto",
        interpolation="none",
    )
    ax.set_facecolor("#e6e6e6")
    ax.set(xticks=[], yticks=[])
    ax.spines[:].set_visible(True)


def response_scale(ax, top):
    """The colours of `class_responses` from 0 to `top` Hz, as a bar that fills the axes."""
    bar = np.linspace(1, 0, 256)[:, np.newaxis]
    ax.imshow(bar, cmap=RESPONSES, vmin=0, vmax=1, aspect="auto", extent=(0, 1, 0, top))
    ax.set(xticks=[], ylabel="Rate (Hz)")
    ax.yaxis.set_label_position("right")
    ax.yaxis.tick_right()
    ax.spines[:].set_visible(True)


def over_time(ax, time, mean, low, high, color, label, style="-", faint=False, width=1.3):
    """A curve (n_time,) with its band, nan not drawn; `faint`: a thinner line without a band; width
    in pt.
    """
    if not faint:
        ax.fill_between(time, low, high, color=color, alpha=0.2, lw=0, zorder=2)
    width, alpha, order = (0.6 * width, 0.7, 3) if faint else (width, 1, 4)
    ax.plot(time, mean, color=color, lw=width, ls=style, alpha=alpha, zorder=order, label=label)


def change_mark(ax, time):
    """A line where the stimuli change."""
    ax.axvline(time, color=GREY, lw=0.8, zorder=1)


def swap_figure(dataset, seed=None):
    """Learning, and the response to a swap of the clusters, for each temperature.

    Above, the responses of one seed's outputs (the first by default) at four moments: outputs are
    in the order of the old clusters that they come to prefer, new clusters in the order of the
    outputs that end with them. Below, means over seeds with their 95 % bootstrap bands; controls
    have none.

    dataset : phases learn (first half), swap, stay, anew (second half), swap_early and anew_early
        (its start); entropy, connected, changed and selective (temperature, phase, seed, probe);
        time (phase, probe) in s from the start of the phase; rate (temperature, phase, seed,
        moment, output, class) in Hz; attributes total_rate (Hz) and moment (s).
    """
    seed, height = int(dataset["seed"].values[0]) if seed is None else seed, 192
    with rc_context(RC):
        fig = new_figure(height)

        def write(left, top, words, **options):
            fig.text(
                left / WIDTH, 1 - top / height, words, va="center", **{"fontsize": 8, **options}
            )

        number = dataset.sizes["seed"]
        write(14, 4, f"a   Responses in {dataset.attrs['moment']:g} s, seed {seed}")
        words = (
            f"Mean and 95 % bootstrap band, {number} seeds" if number > 1 else "One seed, no band"
        )
        write(176, 4, f"b–f   {words}", ha="right")
        _responses(fig, dataset, seed)
        _legend(fig, dataset, 14, 90)
        write(14, 98, "b   Conditional entropy H(cluster | winner) / H(cluster)")
        _curves(add_axes(fig, 14, 103, 96, 34, label="entropy"), dataset, "entropy", "Entropy")
        write(124, 98, "c   After the swap")
        _curves(
            add_axes(fig, 124, 103, 50, 34, label="entropy early"),
            dataset,
            "entropy",
            "",
            early=True,
        )
        minutes = float(np.diff(dataset["time"].sel(phase="learn"))[0]) / 60
        for left, name, scale, title, ylabel in (
            (14, "connected", 100, "d   Connected, θ > 0", "Synapses (%)"),
            (73, "changed", 100, f"e   θ crosses 0 within {minutes:.2g} min", "Synapses (%)"),
            (132, "selective", 1, "f   Selective outputs", "Outputs"),
        ):
            write(left, 151, title)
            _curves(add_axes(fig, left, 156, 42, 26, label=name), dataset, name, ylabel, scale)
    return fig


def _responses(fig, dataset, seed, left=20, top=13, size=30, gaps=(6.5, 5)):
    scale = dataset.attrs["total_rate"]
    moments = (
        ("learn", "first", "Beginning"),
        ("learn", "last", "Before the swap"),
        ("swap", "first", "After the swap"),
        ("swap", "last", "End"),
    )
    for row, T in enumerate(dataset["temperature"].values[::-1]):
        rate = dataset["rate"].sel(temperature=T, seed=seed)
        outputs, new = response_order(
            *(rate.sel(phase=phase, moment="last").values for phase in ("learn", "swap"))
        )
        for column, (phase, moment, title) in enumerate(moments):
            place = left + column * (size + gaps[0]), top + row * (size + gaps[1])
            ax = add_axes(fig, *place, size, size, label=f"T={T} {phase} {moment}")
            shown = rate.sel(phase=phase, moment=moment).values[outputs]
            class_responses(ax, shown[:, new] if phase == "swap" else shown, scale)
            ax.set_title(title if row == 0 else "", fontsize=7.5, pad=4)
            ax.set_xlabel(f"{'New' if phase == 'swap' else 'Old'} clusters" if row else "")
            ax.set_ylabel("" if column else f"T = {T}\nOutputs", labelpad=4)
    bar = left + len(moments) * (size + gaps[0]) - gaps[0] + 4
    response_scale(add_axes(fig, bar, top, 2.5, 2 * size + gaps[1], label="scale"), scale)


def response_order(learnt, end):
    """Order of outputs by the old cluster that they prefer, and of new clusters by the output that
    is strongest.

    learnt, end : (n_output, n_class) Hz -> (n_output,), (n_class,) int
    """
    outputs = np.argsort(preferred_class(np.transpose(learnt)), kind="stable")
    return outputs, np.argsort(np.nan_to_num(end[outputs]).argmax(axis=0), kind="stable")


def _curves(ax, dataset, name, ylabel, scale=1, early=False):
    """Learning, the swap and its controls; `early`: only what comes right after the swap, with its
    own clock.
    """
    from spikesampler.stats.intervals import bootstrap_band

    half = float(dataset["time"].sel(phase="learn")[-1]) / 60
    for kind in [kind for kind in KINDS if kind != "learn" or not early]:
        close = early and f"{kind}_early" in dataset["phase"]
        one = dataset.sel(phase=f"{kind}_early" if close else kind)
        time = one["time"].values / 60 + (0 if early or kind == "learn" else half)
        for T in dataset["temperature"].values:
            values = scale * one[name].sel(temperature=T).transpose("seed", "probe").values
            over_time(
                ax,
                time,
                *bootstrap_band(values),
                COLORS[T],
                f"{kind} T={T}",
                *KINDS[kind],
                WIDTHS[T],
            )
    change_mark(ax, 0 if early else half)
    ax.set(
        xlim=(0, time[-1] if early else 2 * half),
        ylim=(0, 1.05 * ax.dataLim.y1),
        ylabel=ylabel,
        xlabel="Time since the swap (min)" if early else "Biological time (min)",
    )
    ax.locator_params(axis="y", nbins=5, steps=[1, 2, 5, 10])


def _legend(fig, dataset, left, top):
    from matplotlib.lines import Line2D

    temperatures = dataset["temperature"].values[::-1]
    lines = [Line2D([], [], color=COLORS[T], lw=WIDTHS[T], label=f"T = {T}") for T in temperatures]
    lines += [
        Line2D([], [], color=GREY, lw=width, ls=style, label=label)
        for label, style, width in (
            ("Clusters swapped", "-", 1.3),
            ("Not swapped", DOTS, 0.9),
            ("New clusters for a new network", DASHES, 0.9),
        )
    ]
    fig.legend(
        handles=lines,
        loc="center left",
        bbox_to_anchor=(left / WIDTH, 1 - top / fig.get_figheight() / 25.4),
        ncols=5,
        columnspacing=1.5,
        borderaxespad=0,
        borderpad=0,
    )
