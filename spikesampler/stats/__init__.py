"""Statistics: intervals, paired tests, survival, metrics. Arrays in, numbers out; no files."""

from spikesampler.stats.intervals import (
    bootstrap_band,
    bootstrap_bands,
    bootstrap_interval,
    bootstrap_intervals,
    known_interval,
    wilson,
)
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
    best_arm_threshold,
    escape,
    escape_median,
    escape_medians,
    logrank_p,
    not_escaped,
)

__all__ = [
    "Difference",
    "Escape",
    "autocorrelation_time",
    "best_arm_threshold",
    "bootstrap_band",
    "bootstrap_bands",
    "bootstrap_interval",
    "bootstrap_intervals",
    "escape",
    "escape_median",
    "escape_medians",
    "holm",
    "known_interval",
    "logrank_p",
    "not_escaped",
    "paired_difference",
    "paired_ratio",
    "rank_biserial",
    "wilcoxon_p",
    "wilson",
]
