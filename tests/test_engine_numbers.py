"""engine.h by itself: exp, random numbers and the spikes of a sample, in a program compiled like
the networks.
"""

import subprocess
from pathlib import Path

import numpy as np
import pytest
from engine import CHANCE, SIGMAS
from scipy import stats

from spikesampler.spiking import compiler

PROGRAM = r"""
#include "engine.h"
#include <cstdio>
#include <cstdlib>
#include <string>

static std::vector<double> read()
{
    std::vector<double> values;
    for (double x; std::fread(&x, 8, 1, stdin) == 1;)
        values.push_back(x);
    return values;
}

int main(int argc, char** argv)  // NAME SEED COUNT, values on stdin; values on stdout
{
    const std::string name = argv[1];
    std::vector<double> in = read(), out(std::atol(argv[3]));
    engine::seed(std::atol(argv[2]));
    if (name == "exp")
        for (size_t i = 0; i < in.size(); ++i)
            out[i] = engine::exp(in[i]);
    else if (name == "uniforms")
        engine::random.uniforms(out.data(), out.size());
    else if (name == "uniform")
        for (double& x : out)
            x = engine::random.uniform();
    else if (name == "exponentials")
        engine::random.exponentials(out.data(), out.size());
    else if (name == "normals")
        engine::random.normals(out.data(), out.size());
    else if (name == "calendar")  // hazards in; `COUNT` steps, each as its spikes followed by -1
    {
        std::vector<int32_t> due(in.size());
        const size_t steps = out.size();
        out.clear();
        for (int sample = 0; sample < 2; ++sample)
        {
            engine::calendar.begin(in.data(), in.size(), steps);
            for (size_t step = 0; step < steps; ++step)
            {
                const size_t count = engine::calendar.next(due.data());
                out.insert(out.end(), due.begin(), due.begin() + count);
                out.push_back(-1);
            }
        }
    }
    std::fwrite(out.data(), 8, out.size(), stdout);
}
"""


@pytest.fixture(scope="module")
def numbers(tmp_path_factory):
    """numbers(name, seed, count, values): what the program makes of them."""
    folder = tmp_path_factory.mktemp("numbers")
    (folder / "main.cpp").write_text(PROGRAM)
    templates = Path(compiler.__file__).parent / "templates"
    subprocess.run(
        [
            *compiler.command(),
            *compiler.flags(),
            "-I",
            templates,
            folder / "main.cpp",
            "-o",
            folder / "main",
        ],
        check=True,
    )

    def call(name, seed=0, count=0, values=()):
        data = np.asarray(values, dtype=float).tobytes()
        words = [folder / "main", name, str(seed), str(count)]
        return np.frombuffer(
            subprocess.run(words, input=data, capture_output=True, check=True).stdout
        )

    return call


def test_exp_is_exp(numbers):
    """Against numpy's, which is right to 1 ulp, and beyond the ends the values there. The bound is
    engine.h's.
    """
    x = np.concatenate(
        [np.linspace(-708, 709, 300_001), np.random.default_rng(1).normal(0, 3, 300_000), [0, -0.0]]
    )
    y = numbers("exp", count=len(x), values=x)
    error = np.abs(y / np.exp(x) - 1) / ((1 + np.abs(x) / 6) * 2.0**-52)
    assert error.max() < 1 + 0.5  # numpy's half an ulp
    assert error.max() > 0.3  # the bound is not empty
    np.testing.assert_array_equal(
        numbers("exp", count=4, values=[-1e9, -710, 710, 1e300]),
        numbers("exp", count=4, values=[-708, -708, 709, 709]),
    )


@pytest.mark.parametrize(
    ("name", "cdf"),
    [
        ("uniforms", stats.uniform.cdf),
        ("uniform", stats.uniform.cdf),
        ("exponentials", stats.expon.cdf),
        ("normals", stats.norm.cdf),
    ],
)
@pytest.mark.parametrize("count", [1_000_003, 5])
def test_random_numbers_have_their_law(numbers, name, cdf, count):
    """Kolmogorov-Smirnov, no correlation at any lag up to 600 (lanes, blocks, pairs), and tails as
    far as they go.
    """
    x = numbers(name, 11, count)
    assert len(x) == count
    assert len(set(x)) == count
    if count < 100:
        return
    assert stats.kstest(x, cdf).pvalue > CHANCE
    assert stats.kstest(x * 1.02, cdf).pvalue < CHANCE  # the power of a million numbers
    u = cdf(x) - 0.5
    lags = np.array([np.mean(u[lag:] * u[:-lag]) for lag in range(1, 601)]) * 12 * np.sqrt(count)
    assert np.abs(lags).max() < SIGMAS
    squares = np.array(
        [np.mean((u[lag:] ** 2 - 1 / 12) * (u[:-lag] ** 2 - 1 / 12)) for lag in range(1, 601)]
    )
    assert np.abs(squares).max() * 180 * np.sqrt(count) < SIGMAS
    for tail in (1e-3, 1e-4):
        for hits in ((cdf(x) < tail).sum(), (cdf(x) > 1 - tail).sum()):
            assert abs(hits - count * tail) < SIGMAS * np.sqrt(count * tail)


@pytest.mark.parametrize("count", [1, 2, 7, 511, 512])
def test_normal_numbers_are_those_of_box_and_muller(numbers, count):
    """sqrt(-2 log u) cos(2 pi v) and its sine, of the uniform numbers that the same seed gives,
    half a turn on.
    """
    pairs = (count + 1) // 2
    drawn = -(-pairs // 8) * 8  # eight at a time
    u = numbers("uniforms", 4, 2 * drawn)
    radius, angle = np.sqrt(-2 * np.log(u[:pairs])), 2 * np.pi * (u[drawn : drawn + pairs] - 0.5)
    expected = np.concatenate([radius * np.cos(angle), radius * np.sin(angle)])[:count]
    np.testing.assert_allclose(numbers("normals", 4, count), expected, rtol=0, atol=1e-14)


def test_uniform_numbers_are_neither_0_nor_1(numbers):
    """Odd multiples of 2^-53, so log(u) and log(1 - u) are finite."""
    u = numbers("uniforms", 3, 100_000)
    whole = u * 2.0**53
    assert np.array_equal(whole % 2, np.ones(len(u)))
    assert u.min() > 0
    assert u.max() < 1


def test_seeds_and_their_neighbours_give_different_numbers(numbers):
    draws = [numbers("normals", seed, 1000) for seed in (0, 1, 2, 2**32 - 1)]
    assert np.array_equal(draws[0], numbers("normals", 0, 1000))
    for i, a in enumerate(draws):
        for b in draws[:i]:
            assert abs(np.corrcoef(a, b)[0, 1]) < SIGMAS / np.sqrt(1000)
            assert not np.isin(a, b).any()


@pytest.mark.parametrize("steps", [1, 37, 1000, 4001])
def test_calendar_is_one_draw_per_step_and_neuron(numbers, steps):
    """Counts of every step and of every neuron are binomial; certain and impossible neurons; two
    samples in a row.
    """
    hazard = -np.log1p(-np.concatenate([np.linspace(0.001, 0.9, 500), [1 - 1e-15], [1e-15]]))
    out = numbers("calendar", 5, steps, hazard)
    borders = np.flatnonzero(out < 0)
    assert len(borders) == 2 * steps
    table = np.zeros((2 * steps, len(hazard)), dtype=int)
    np.add.at(
        table, (np.searchsorted(borders, np.flatnonzero(out >= 0)), out[out >= 0].astype(int)), 1
    )
    assert table.max() == 1  # a neuron spikes at most once in a step
    assert table[:, -2].all()
    assert not table[:, -1].any()
    if steps == 1:
        return
    p = 1 - np.exp(-hazard[:-2])
    for axis, mean, variance in (
        (0, 2 * steps * p, 2 * steps * p * (1 - p)),
        (1, p.sum(), (p * (1 - p)).sum()),
    ):
        z = (table[:, :-2].sum(axis=axis) - mean) / np.sqrt(variance)
        assert stats.chi2.sf((z**2).sum(), len(z)) > CHANCE
        assert abs(z.mean()) < SIGMAS / np.sqrt(len(z))
    if steps > 1000:  # memory: a spike does not change the chance of one in the next step
        both = table[1:, :-2] * table[:-1, :-2]
        error = both.sum(axis=0) - (2 * steps - 1) * p**2
        assert np.abs(error).max() < SIGMAS * np.sqrt(2 * steps * p**2).max()
