"""Statistics: intervals, paired tests, survival, metrics. Arrays in, numbers out; no files."""

from spikesampler.stats.intervals import bootstrap_band, bootstrap_interval, wilson
from spikesampler.stats.paired import (
    Difference,
    autocorrelation_time,
    holm,
    paired_difference,
    paired_ratio,
    rank_biserial,
    wilcoxon_p,
)
from spikesampler.stats.survival import (
    Escape,
    escape,
    escape_median,
    escape_threshold,
    logrank_p,
    not_escaped,
)

__all__ = [
    "Difference",
    "Escape",
    "autocorrelation_time",
    "bootstrap_band",
    "bootstrap_interval",
    "escape",
    "escape_median",
    "escape_threshold",
    "holm",
    "logrank_p",
    "not_escaped",
    "paired_difference",
    "paired_ratio",
    "rank_biserial",
    "wilcoxon_p",
    "wilson",
]
