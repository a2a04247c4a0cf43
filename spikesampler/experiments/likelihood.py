"""Whether a rule is supervised learning of Poisson likelihoods, and with which constants.

It is, where the outputs share a rate as softmax(u), u = sum(w*x - alpha*e^w) with w = exp(theta -
theta_0) and x a sum of exponentials that decay after each input spike; where the teacher's events
have that rate, and each event changes theta by a step times w*(x - alpha*e^w), plus at the
teacher's, minus at the output's; and where the drift is that of a Gaussian prior. All of this is
read from the texts by their values, whatever their names are.
"""

import ast
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from spikesampler.errors import InputError, shortened
from spikesampler.experiments.psp_kernel import kernel_of
from spikesampler.language.blocks import read_statements
from spikesampler.language.evaluator import bounds_of, firing_of
from spikesampler.language.expressions import evaluate, names_in, parse, tidy
from spikesampler.language.linear import expanded, linear_parts
from spikesampler.language.rule import BLOCKS, Rule

__all__ = ["Likelihood", "likelihood_of"]

CLOSE = 1e-9  #: relative difference of what counts as the same
POINTS = 101  #: thetas at which functions of theta are compared
LOW, HIGH = -6.0, 4.0  #: the lowest and the highest of these, within the bounds
FORM = "the objective is known for"
W, INTENSITY = "w = exp(theta - c)", "an intensity alpha*exp(w)"

Array = NDArray[np.float64]


class Likelihood(NamedTuple):
    """The constants of the objective, of pure number but rate (Hz).

    N : by how many patterns a second of learning counts, over the rate; kernel : (tau in s, gain)
    of the exponentials whose sum is the post-synaptic potential.
    """

    theta_0: float
    alpha: float
    mu: float
    sigma: float
    N: float
    rate: float
    kernel: tuple[tuple[float, float], ...]


def likelihood_of(rule: Rule, values: Mapping[str, Any]) -> Likelihood:
    """The Likelihood of a rule; values : of its parameters in base units. Raises InputError with
    the equation that has another form.
    """
    return _Reading(rule, values).likelihood()


class _Reading:
    """One rule's texts, with functions written out, and its values."""

    def __init__(self, rule: Rule, values: Mapping[str, Any]) -> None:
        self.rule = rule
        self.equations = [one for block in BLOCKS for one in rule.equations(block)]
        self.known = {"second": 1.0, "M": 1.0} | {
            name: value for name, value in values.items() if not isinstance(value, str)
        }
        self.states = rule.states("inputs")
        low, high = bounds_of(rule, values)
        self.theta: Array = np.linspace(max(LOW, low), min(HIGH, high), POINTS)

    def likelihood(self) -> Likelihood:
        rate = self.event_rates()
        gains, subtracted = self.drive()
        theta_0, alpha = self.weight_and_intensity(gains, subtracted)
        weight = np.exp(self.theta - theta_0)
        ratios = {name: self.constant(gain / weight) for name, gain in gains.items()}
        if wrong := [name for name, ratio in ratios.items() if ratio is None]:
            self.refuse_weight(wrong[0])
        kernel = kernel_of(self.rule, self.known, {n: float(r or 0) for n, r in ratios.items()})
        step = self.learning({n: float(r or 0) for n, r in ratios.items()}, theta_0, alpha)
        mu, sigma, b = self.prior()
        if b <= 0:
            raise InputError(f"the drift is 0; {FORM} a Gaussian prior, b*(mu - theta)/sigma**2")
        mu, sigma, N = map(self.snapped, (mu, sigma, step / b))
        return Likelihood(theta_0, alpha, mu, sigma, N, rate, kernel)

    # ---- texts and numbers

    def written(self, text: str) -> str:
        return expanded(text, self.equations)

    def number(self, text: str, what: str) -> float:
        """The value of an expression of parameters alone."""
        text = self.written(text)
        if others := sorted(names_in(text) - self.known.keys()):
            raise InputError(f"{what} is {_said(text)}, which uses {others[0]}; {FORM} a constant")
        return float(evaluate(text, self.known))

    def of_theta(self, text: str, what: str) -> Array:
        """The values of a function of theta and parameters, at self.theta."""
        if others := sorted(names_in(text) - {*self.known, "theta"}):
            raise InputError(
                f"{what} is {_said(text)}, which uses {others[0]}; {FORM} a function of theta"
            )
        with np.errstate(all="ignore"):
            value = evaluate(text, {**self.known, "theta": self.theta})
        return np.broadcast_to(np.asarray(value, dtype=float), self.theta.shape)

    def constant(self, values: Array) -> float | None:
        """The one number that all of these are, None where they differ."""
        middle = float(np.median(values))
        spread = np.abs(values - middle).max()
        return middle if spread <= CLOSE * abs(middle) or not values.any() else None

    def snapped(self, number: float) -> float:
        """The parameter that has this value up to rounding, bit for bit; else the number itself."""
        for value in self.known.values():
            if abs(value - number) <= 1e-11 * abs(number):
                return float(value)
        return number

    # ---- the rule's parts

    def event_rates(self) -> float:
        """The rate that the outputs share, and the teacher has."""
        rule = self.rule
        if "teacher" not in rule.learning:
            raise InputError("it learnt without labels; expected a teacher, as in fang_2018")
        if others := sorted(rule.learning.keys() - {"teacher", "output"}):
            raise InputError(
                f"theta also learns at '{others[0]}'; {FORM} learning at teacher and output events"
            )
        if others := sorted(rule.resets.keys() - {"input"}):
            raise InputError(f"'{others[0]}' has resets; {FORM} none but those of input spikes")
        law, text = firing_of(rule)
        if law != "race":
            raise InputError(f"firing is {_said(rule.firing)}; {FORM} race(RATE)")
        rate = self.number(text, "the rate of the outputs")
        teacher = self.number(rule.teacher, "the rate of the teacher")
        if abs(rate - teacher) > CLOSE * abs(rate):
            raise InputError(
                f"the teacher has {teacher:g} Hz, the outputs {rate:g} Hz; {FORM} equal rates"
            )
        return rate

    def drive(self) -> tuple[dict[str, Array], Array]:
        """Of u = sum(gains x - subtracted): gains by input variable, and what is subtracted."""
        self.gain_texts: dict[str, str] = {}
        self.other_text = ""
        sums = _Sums(self.written(_text_of(self.rule, "u")))
        terms = linear_parts(sums.text, sums.inner)
        said = f"u = {_said(self.written(_text_of(self.rule, 'u')))}"
        if terms is None:
            raise InputError(f"{said}; {FORM} u = sum(w*x - intensity)")
        gains: dict[str, Array] = {}
        subtracted = np.zeros_like(self.theta)
        for term in terms:
            if not term.variable:
                self.number(term.coefficient, f"a part of {said}")  # the same for all outputs
                continue
            factor = term.sign * self.number(term.coefficient, f"a factor in {said}")
            inner = self.written(sums.inner[term.variable])
            parts = linear_parts(inner, self.states)
            if parts is None:
                raise InputError(f"{said}; {FORM} sums that are linear in the inputs' variables")
            for part in parts:
                what = "the weight" if part.variable else "what u subtracts"
                value = factor * part.sign * self.of_theta(part.coefficient, what)
                if part.variable:
                    gains[part.variable] = gains.get(part.variable, 0.0) + value
                    self.gain_texts[part.variable] = part.coefficient
                else:
                    subtracted = subtracted - value
                    self.other_text = part.coefficient
        if not gains:
            raise InputError(f"{said}; {FORM} u = sum(w*x - intensity)")
        return gains, subtracted

    def weight_and_intensity(
        self, gains: Mapping[str, Array], subtracted: Array
    ) -> tuple[float, float]:
        """theta_0 and alpha, from the intensity that u subtracts."""
        for name, gain in gains.items():
            with np.errstate(all="ignore"):
                if self.constant(gain / np.exp(self.theta)) is None:
                    self.refuse_weight(name)
        if not subtracted.any():
            raise InputError(f"u subtracts no intensity; {FORM} u = sum(w*x - alpha*exp(w))")
        with np.errstate(all="ignore"):
            level = np.log(subtracted)
        if np.isfinite(level).all():
            basis = np.column_stack([np.ones_like(level), np.exp(self.theta)])
            (constant, slope), *_ = np.linalg.lstsq(basis, level, rcond=None)
            misfit = np.abs(basis @ (constant, slope) - level).max()
            if slope > 0 and misfit <= CLOSE * np.abs(level).max():
                return self.snapped(-np.log(slope)), self.snapped(np.exp(constant))
        raise InputError(f"u subtracts {_said(self.other_text)}; {FORM} {INTENSITY}, {W}")

    def refuse_weight(self, name: str) -> None:
        raise InputError(f"the weight is {_said(self.gain_texts[name])}; {FORM} {W}")

    def learning(self, ratios: Mapping[str, float], theta_0: float, alpha: float) -> float:
        """The step of theta at an event, over w*(x - intensity)."""
        rng = np.random.default_rng(0)
        known: dict[str, Any] = {name: rng.uniform(0, 3, POINTS) for name in self.states}
        x = sum(ratio * known[name] for name, ratio in ratios.items())
        weight = np.exp(self.theta - theta_0)
        gradient = weight * (x - alpha * np.exp(weight))
        steps = {}
        for when in ("teacher", "output"):
            text = self.change(when)
            if others := sorted(names_in(text) - {*self.known, *known, "theta"}):
                raise InputError(f"learning at '{when}' uses {others[0]}; {_GRADIENT}")
            with np.errstate(all="ignore"):
                change = evaluate(text, {**self.known, **known, "theta": self.theta})
            step = float(gradient @ np.broadcast_to(change, gradient.shape) / (gradient @ gradient))
            if not np.abs(change - step * gradient).max() <= CLOSE * np.abs(change).max():
                said = _said(text)
                raise InputError(f"learning at '{when}' changes theta by {said}; {_GRADIENT}")
            steps[when] = step
        up, down = steps["teacher"], steps["output"]
        if up <= 0 or abs(up + down) > CLOSE * up:
            raise InputError(
                f"an event of the teacher moves theta by {up:g} times w*(x - intensity), one of the"
                f" output by {down:g}; {FORM} opposite steps"
            )
        return up

    def change(self, when: str) -> str:
        """By how much an event changes theta, as text."""
        statements = read_statements(self.rule.learning[when])
        if len(statements) == 1 and statements[0].target == "theta":
            _, operator, text, _ = statements[0]
            if operator in ("+=", "-="):
                return self.written(text if operator == "+=" else f"-({text})")
        raise InputError(f"learning at '{when}' is no single theta += …; {_GRADIENT}")

    def prior(self) -> tuple[float, float, float]:
        """mu, sigma and b of the drift b*(mu - theta)/sigma**2."""
        text = self.written(self.rule.drift.get("theta", "0"))
        drift = self.of_theta(text, "the drift")
        basis = np.column_stack([np.ones_like(drift), self.theta])
        (constant, slope), *_ = np.linalg.lstsq(basis, drift, rcond=None)
        misfit = np.abs(basis @ (constant, slope) - drift).max()
        if slope >= 0 or misfit > CLOSE * np.abs(drift).max():
            raise InputError(
                f"the drift is {_said(text)}; {FORM} a Gaussian prior, b*(mu - theta)/sigma**2"
            )
        sigma = self.scale(text)
        return -constant / slope, sigma, -slope * sigma**2

    def scale(self, drift: str) -> float:
        """sigma, that of which the drift has the power -2; 1 where there is none."""
        terms = [t for t in linear_parts(drift, ["theta"]) or [] if t.variable]
        powers = _powers(parse(terms[0].coefficient)) if len(terms) == 1 else {}
        return float(np.prod([self.known[name] for name, power in powers.items() if power == -2]))


_GRADIENT = f"{FORM} a step times w*(x - intensity), the gradient of u"


def _said(text: str) -> str:
    return shortened(tidy(text))


def _text_of(rule: Rule, name: str) -> str:
    return rule.functions("outputs").get(name, name)


class _Sums(ast.NodeTransformer):
    """An expression with a name for each sum(…), and the texts within these."""

    def __init__(self, text: str) -> None:
        self.inner: dict[str, str] = {}
        self.text = ast.unparse(self.visit(ast.parse(text, mode="eval")))

    def visit_Call(self, node: ast.Call) -> ast.AST:
        if isinstance(node.func, ast.Name) and node.func.id == "sum":
            name = f"sum_{len(self.inner)}"
            self.inner[name] = ast.unparse(node.args[0])
            return ast.Name(name, ast.Load())
        return self.generic_visit(node)


def _powers(node: ast.expr) -> dict[str, float]:
    """{parameter: power} of a product of powers; others of its factors are left out."""
    match node:
        case ast.Name(id=name):
            return {name: 1.0}
        case ast.BinOp(left=left, op=ast.Mult() | ast.Div() as op, right=right):
            sign = -1 if isinstance(op, ast.Div) else 1
            powers = _powers(left)
            for name, power in _powers(right).items():
                powers[name] = powers.get(name, 0.0) + sign * power
            return powers
        case ast.BinOp(left=left, op=ast.Pow(), right=ast.Constant(value=number)):
            if isinstance(number, int | float):
                return {name: power * number for name, power in _powers(left).items()}
    return {}
