"""A ruling on cases that each come out one of two ways, by the binomial law and not by Student's t.

For few cases, or where all come out the same, a t says nothing: see `stats.coverage`.
"""

from dataclasses import replace

from spikesampler.stats.ruling import Ruling

__all__ = ["counted"]


def counted(ruling: Ruling, count: int, num: int, most: float = 1.0) -> Ruling:
    """The ruling, if `count` of `num` independent cases are `most`, and the others are 0.

    The interval is Clopper and Pearson's (1934, Biometrika 26:404), p that of the same exact test:
    twice the chance of as many or more, or of as many or fewer. Before `in_family`.
    """
    from scipy.stats import binom, binomtest

    def p(bound: float) -> float:
        share = bound / most
        return min(1.0, 2 * min(binom.cdf(count, num, share), binom.sf(count - 1, num, share)))

    interval = binomtest(count, num).proportion_ci(0.95)
    tests = tuple(test._replace(p=p(test.value)) for test in ruling.tests)
    method = "share of independent cases, Clopper and Pearson's interval"
    ends = {"low": most * interval.low, "high": most * interval.high}
    return replace(ruling, **ends, tests=tests, method=method)
