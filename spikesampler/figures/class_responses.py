"""Responses of outputs to classes, as a heat map with its scale."""

from __future__ import annotations

import numpy as np

__all__ = ["class_responses", "response_scale"]

RESPONSES = "Blues"


def class_responses(ax, rates, top):
    """Responses (n_output, n_class) in Hz as a heat map from 0 to `top`; nan is grey."""
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
