"""Noise arms as texts: what is written is what is stepped, and what cannot be is refused."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kstest, norm

from spikesampler.errors import InputError
from spikesampler.experiments.settings import resolve
from spikesampler.language.arm_numbers import check_arm, matched_power
from spikesampler.language.arm_option import arm_label, arm_of, parse_arm, split_arms, with_others
from spikesampler.language.arm_rule import VELOCITY, applied
from spikesampler.language.arm_texts import available_arms
from spikesampler.language.evaluator import synapse_functions
from spikesampler.language.expressions import evaluate
from spikesampler.language.model import load_model
from spikesampler.language.noise_arms import ARMS
from spikesampler.language.sum_texts import replace_means

FANG = load_model("fang_2018")


def texts_of(arm, model=FANG):
    return arm_of(arm, model.rule, model.parameters)[1]


def at(text, theta, model=FANG, **others):
    """A text's value at thetas, with the synapses' functions."""
    values = model.base_values() | {"second": 1.0, "temperature": 1.0, "theta": theta} | others
    return evaluate(text, values | synapse_functions(model.rule, values, theta))


# --- what is written


def test_an_arm_written_out_as_weight_is_weight():
    for own, arm in (
        ("mine=2*b*N*intensity", "weight"),
        ("mine=2*b*N*intensity:preserve=posterior", "weight_posterior"),
        ("mine=2*b", "constant"),
    ):
        ours, theirs = (applied(FANG.rule, texts_of(a), FANG.parameters) for a in (own, arm))
        assert ours == theirs


def test_matched_power_of_weight_is_the_mean_of_its_intensity_to_the_bit():
    theta = np.random.default_rng(0).normal(0.5, 1, (4, 30))
    p = FANG.base_values()
    texts = texts_of("constant_matched")
    expected = np.mean(p["N"] * p["alpha"] * np.exp(np.exp(theta - p["theta_0"])))
    assert matched_power(texts, FANG.rule, p, theta) == expected
    assert matched_power(texts_of("weight"), FANG.rule, p, theta) == 1.0


@pytest.mark.parametrize("variance", ["2*b*N*w**2", "3*b*w + b", "b**2*second*N*intensity"])
def test_a_matched_arm_has_the_power_of_the_arm_that_it_matches(variance):
    """The mean of the variance over the synapses at the start, whichever way it is written."""
    theta = np.random.default_rng(1).normal(0.5, 1, (4, 30))
    texts = texts_of(f"constant_matched:match={variance}")
    power = matched_power(texts, FANG.rule, FANG.base_values(), theta)
    flat = at(texts["variance"]["theta"], theta, matched_power=power)
    assert np.ptp(np.broadcast_to(flat, theta.shape)) == 0
    assert np.mean(flat) == pytest.approx(at(variance, theta).mean(), rel=1e-12)


@pytest.mark.parametrize("power", ["weight", "3*b*w + b"])
@pytest.mark.parametrize("option", ["match", "follow"])
def test_a_law_of_ones_own_is_scaled_to_the_power_of_another(option, power):
    """Whatever its scale: the variance is that of the law up to a factor, and its mean the
    other's; that of `follow` at the theta of the moment, that of `match` at the start alone.
    """
    start, theta = np.random.default_rng(1).normal([[[0.5]], [[-1.0]]], 1, (2, 4, 30))
    variance = ARMS[power].variance["theta"] if power in ARMS else power
    for scale in ("2*b", "7*b*N"):
        texts = texts_of(f"mine={scale}/intensity:{option}={power}")
        matched = matched_power(texts, FANG.rule, FANG.base_values(), start)
        variance_text = texts["variance"]["theta"]
        text = replace_means(variance_text, lambda part: repr(float(at(part, theta).mean())))
        own = at(text, theta, matched_power=matched)
        constant = own * at("intensity", theta)
        assert np.ptp(constant) < 1e-12 * constant.max()
        law = (1 / at("intensity", theta)).mean() / (1 / at("intensity", start)).mean()
        moved = at(variance, start).mean() * law
        expected = at(variance, theta).mean() if option == "follow" else moved
        assert own.mean() == pytest.approx(expected, rel=1e-12)
        assert abs(at(variance, theta).mean() / moved - 1) > 0.01  # the options differ


def test_matched_power_is_of_the_synapses_whole_state():
    """A weight with a gain, which is not the same for all synapses at the start."""
    synapses = "w = theta**2*(1 + gain)\nintensity = alpha*exp(w)\ndgain/dt = -gain/tau_m : 1"
    rule, rng = replace(FANG.rule, synapses=synapses), np.random.default_rng(2)
    theta, gain = rng.normal(size=(2, 4, 30))
    _, texts = arm_of("constant_matched:match=2*b*w", rule, FANG.parameters)
    power = matched_power(texts, rule, FANG.base_values(), theta, {"gain": gain})
    assert power == pytest.approx(np.mean(theta**2 * (1 + gain)), rel=1e-12)
    with pytest.raises(InputError, match="w depends on gain, so it has no mean over the synapses"):
        matched_power(texts, rule, FANG.base_values(), theta)


MAPS = {
    "w": "w",
    "square": "1 + theta**2",
    "softplus": "log(1 + exp(theta))",
    "both": "N*intensity + w*clip(theta, -1, 1)",
    "ratio": "w/(1 + w)",
}


@pytest.mark.parametrize("name", MAPS)
def test_a_posterior_preserving_arm_has_no_flow_at_the_posterior(name):
    """A p - T (D p)' = 0 for p = exp(-(theta - mu)^2/(2 sigma^2 T)), whatever D: the derivative by
    central differences of 1e-5, right to 1e-9 of the curvature of D.
    """
    texts, T, h = texts_of(f"mine=2*b*({MAPS[name]}):preserve=posterior"), 1.7, 1e-5
    rule, variance, _ = applied(FANG.rule, texts, FANG.parameters)
    theta = np.linspace(-3, 2.5, 200)
    theta = theta[np.abs(np.abs(theta) - 1) > 0.01]  # kinks of clip
    mu, sigma = FANG["mu"], FANG["sigma"]

    def weighted(x):
        return at(variance["theta"], x) / 2 * np.exp(-((x - mu) ** 2) / (2 * sigma**2 * T))

    drift = at(rule.drift["theta"], theta, temperature=T)
    flow = drift * np.exp(-((theta - mu) ** 2) / (2 * sigma**2 * T))
    slope = (weighted(theta + h) - weighted(theta - h)) / (2 * h)
    np.testing.assert_allclose(flow, T * slope, atol=1e-7 * np.abs(flow).max())


@given(st.lists(st.sampled_from(["none", "a=2*b*clip(w, 0, 1)", "c=clip(w, b, (N))"]), max_size=5))
def test_commas_within_brackets_divide_no_arms(arms):
    assert split_arms(",".join(arms)) == arms


def test_an_arm_is_reported_under_its_name():
    text = "mine=2*b*N*w**2:drift=-b*theta:mobility=w:noise_scale=0.5:release=0.5"
    assert arm_label(text) == "mine:noise_scale=0.5:release=0.5"
    arm = parse_arm(text, {})
    assert (arm.name, arm.options) == ("mine", {"noise_scale": "0.5"})
    assert arm.text == "mine=2*b*N*w**2:drift=-b*theta:mobility=w:release=0.5"
    settings = resolve("fang_2018", noise=text)
    assert (settings.arm, settings.model["noise_scale"]) == ("mine", 0.5)
    assert settings.facts()["arm_texts"]["variance"] == {"theta": "2*b*N*w**2"}
    again = resolve("fang_2018", noise=settings.noise + ":noise_scale=0.5")
    assert again.facts() == settings.facts() | {"set": again.facts()["set"]}


def test_an_arm_of_ones_own_may_be_a_multiple_of_the_power_of_weight():
    theta = np.random.default_rng(1).normal(0.5, 1, (4, 30))
    texts = texts_of("half=b*matched_power")
    power = matched_power(texts, FANG.rule, FANG.base_values(), theta)
    assert power == matched_power(
        texts_of("constant_matched"), FANG.rule, FANG.base_values(), theta
    )


def test_a_control_may_name_an_arm_that_is_written_out_beside_it():
    labels = with_others(["none", "mine=2*b*w", "constant_matched:match=mine"])
    assert labels["constant_matched:match=mine"] == "constant_matched:match=2*b*w"
    assert with_others(["mine=3*b", "momentum:of=mine"])["momentum:of=mine"] == "momentum:of=3*b"
    with pytest.raises(InputError, match="have one name, mine; give them different names"):
        with_others(["mine=2*b*w", "mine=2*b"])


def test_mobility_is_put_in_for_M_and_multiplies_learning_that_does_not_say_it():
    rule, *_ = applied(FANG.rule, texts_of("mine=2*b*w:mobility=w"), FANG.parameters)
    assert rule.drift["theta"] == "(w)*(b*(mu - theta)/sigma**2)"
    assert rule.learning["teacher"] == "theta += (w)*b*N*second*w*(x - intensity)"
    plain = {"output": "theta += b*w\ntheta = theta + b"}
    rule, *_ = applied(
        replace(FANG.rule, learning=plain), texts_of("mine=2*b*w:mobility=w"), FANG.parameters
    )
    assert rule.learning["output"] == "theta += (w)*(b*w)\ntheta += (w)*((theta + b) - theta)"


# --- what is refused

REFUSED = {
    "wieght": r"unknown noise arm 'wieght' \(is weight meant\?\); expected one of none, constant",
    "weight=2*b": "weight is a noise arm of every model; give what is written out another name",
    "mine=": "expected a variance per second after mine=",
    "mine=2*b*wq": r"noise arm mine, variance of theta '2\*b\*wq': unknown name 'wq'",
    "mine=2*b*alpah": r"unknown name 'alpah' \(is alpha meant\?\); known are",
    "mine=2*b*exp(w, 1)": "exp of 2 arguments is no function; expected one of exp",
    "mine=2*b*randn()": r"randn\(\) draws; write a variance, which does not",
    "mine=2*b**": r"variance of theta '2\*b\*\*': .* is no expression",
    "mine=2*b:zzz=1": "'zzz=1' is not an option; expected mine:NAME=VALUE, each once, NAME one of",
    "weight:weight": "'weight' has no name and value; expected weight:NAME=VALUE, each once, or",
    "weight:replicate=1:replicate=2": "'replicate=2' is given twice; expected weight:NAME=VALUE",
    "constant_matched:match=wieght": r"match 'wieght': unknown name 'wieght' \(is weight meant\?\)",
    "constant_matched:match=w": "match 'w' is a pure number; it has to be per second",
    "mine=2*b:drift=x_": r"noise arm mine, drift of theta 'x_': unknown name 'x_'",
    "mine=2*b:preserve=mean": "preserve=mean: expected preserve=posterior",
    "mine=2*b*int(theta > 0):preserve=posterior": "by the derivative of its variance: .* jumps",
    "weight:drift=3": "'drift' belongs to an arm that is written out",
    "mine=2*b:drfit=-b": r"'drfit=-b' is not an option \(is drift meant\?\); expected mine:",
    "none:noise_scale=3": "'noise_scale=3' is not an option; expected none:NAME=VALUE",
    "mine=w**2": r"variance of theta 'w\*\*2' is a pure number; it has to be per second",
    "mine=2*b*w + w": "added",
    "mine=2*b:drift=w": r"drift of theta 'w' is a pure number; it has to be per second",
    "mine=2*b:mobility=b": "mobility 'b' is per second; it has to be a pure number",
    "momentum:gamma=N": "gamma 'N' is a pure number; it has to be per second",
    "release:p=b": "release 'b' is per second; it has to be a pure number",
    "momentum:of=2*b*w": r"a variance of theta that does not depend on theta.*of=ARM",
    "momentum:of=none": "such as 2\\*b; its is none: say another by of=ARM",
    "mine='a'": "is no number",
    "mine=2*b*mean(x)": r"mean\(x\) has x in it; it is over all synapses, of theta",
    "mine=2*b*mean(mean(w))": "has a mean in it",
    "mine=2*b:mobility=mean(w)": "a mean over all synapses may stand in a variance alone",
    "mine=2*b*mean(w):preserve=posterior": "by the derivative of its variance",
    "mine=2*b*mean(w):follow=weight": r"a variance of theta without matched_power and mean\(…\)",
    "mine=2*b*w:match=weight:follow=weight": "'match=weight' is not an option",
    "mine=2*b*w:follow=none": "expected an arm with noise in theta, or a variance",
    "constant_following:match=weight": "'match=weight' is not an option; expected",
    "momentum:of=constant_following": "a variance of theta that does not depend on theta",
    "mine=(2*b, w)": r"is no number",
    "1a=2*b": "'1a' is no name for an arm",
    "mine=2*b*retraction": "retraction is a word",
    "momentum:gamma=w": "noise arm momentum, gamma 'w': unknown name 'w'",
    "constant_matched:match=constant_matched": "expected an arm with noise in theta, or a variance",
}


@pytest.mark.parametrize("arm", REFUSED)
def test_arms_that_are_none_are_refused_in_one_line(arm):
    with pytest.raises(InputError, match=REFUSED[arm]) as error:
        texts_of(arm)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("arm", "message"),
    [
        (
            "mine=2*b*(w - 0.01)",
            r"is -\S+ per second at theta = -\S+, of output \d and input \d+ at",
        ),
        ("mine=b*(theta + 4.9)", r"is -\S+ per second at theta = -5 within the bounds; expected 0"),
        ("mine=b*sin(40*theta + 3) + b", None),
        ("mine=2*b*sqrt(theta)", "is nan per second at theta"),
        (
            "mine=2*b:drift=b*log(theta)",
            r"drift of theta, .* is nan per second at theta = -\S+, of",
        ),
        ("mine=2*b:mobility=1/(w - w)", r"its mobility, .* is inf at theta = .* a finite number"),
        ("momentum:gamma=-1/second", r"gamma=-1.0/second is -1 Hz; expected a rate above 0"),
        ("release:p=1.5", "the chance of release, 1.5, has to be above 0 and at most 1"),
        ("weight:release=0", "the chance of release, 0, has to be above 0"),
    ],
)
def test_noise_that_is_none_is_refused_with_its_place(arm, message):
    theta = np.clip(np.random.default_rng(2).normal(0.5, 1, (4, 50)), -3, 3)
    given = texts_of(arm), FANG.rule, FANG.base_values(), theta, FANG.theta_bounds, {}
    if message is None:
        return check_arm(*given)
    with pytest.raises(InputError, match=message) as error:
        check_arm(*given)
    assert "\n" not in str(error.value)


def test_a_model_lacks_the_arms_whose_names_it_does_not_define(tmp_path):
    text = (
        load_model("fang_2018")
        .source_text.replace("intensity", "cost")
        .replace('noise = "weight"', 'noise = "none"\nnoises = {"own": "2*b*cost"}')
    )
    path = tmp_path / "mine.py"
    path.write_text(text)
    model = load_model(path)
    have, lacks = available_arms(model.rule, model.parameters)
    assert {*have} == {"none", "constant", "momentum", "release", "own"}
    assert {*have} | {*lacks} == {*ARMS, "own"}
    message = "noise arm weight needs intensity, which the model does not define: its variance of"
    assert lacks["weight"].startswith(message)
    with pytest.raises(InputError, match=message):
        resolve(path, noise="weight")


# --- momentum, at the level of a grid step, from the texts that the engines get


def stepped(
    arm, *, grid, steps, number=20_000, b=1.0, T=1.0, seed=0, euler=False, theta_0=None, **given
):
    """theta and velocity of many synapses after so many steps, by numpy; from rest at mu."""
    rng = np.random.default_rng(seed)
    model = load_model(
        "fang_2018", b=b, grid=f"{grid}*second", sample_length=f"{grid}*second", **given
    )
    rule, variance, shared = applied(model.rule, texts_of(arm, model), model.parameters)
    other, factor = shared["theta"]
    assert other == VELOCITY
    share = evaluate(factor, values := model.base_values() | {"second": 1.0, "temperature": T})
    theta = np.full(number, model["mu"] if theta_0 is None else theta_0)
    velocity = np.zeros(number)
    slope = evaluate(rule.drift[VELOCITY], values | {"theta": 0.0, VELOCITY: 1.0})
    slope -= evaluate(rule.drift[VELOCITY], values | {"theta": 0.0, VELOCITY: 0.0})
    spread = np.sqrt(T * evaluate(variance[VELOCITY], values))
    for _ in range(steps):
        known = values | {"theta": theta, VELOCITY: velocity}
        force = evaluate(rule.drift[VELOCITY], known) - slope * velocity
        noise = np.sqrt(T * evaluate(variance["theta"], known) * grid)
        theta = (
            theta + evaluate(rule.drift["theta"], known) * grid + noise * rng.normal(size=number)
        )
        shock = spread * rng.normal(size=number)
        if euler:
            velocity = velocity + (slope * velocity + force) * grid + shock * grid**0.5
        else:
            shock *= np.sqrt(np.expm1(2 * slope * grid) / (2 * slope))
            velocity = velocity * np.exp(slope * grid) + force * np.expm1(slope * grid) / slope
            theta, velocity = theta + share * shock, velocity + shock
    return theta, velocity, model


@pytest.mark.parametrize("gamma", [2.0, 20.0])
def test_momentum_samples_the_posterior_and_a_normal_velocity(gamma):
    """theta ~ N(mu, T sigma^2), v ~ N(0, gamma b T): 20 000 independent synapses after 8 times the
    slowest time constant, gamma grid = 0.05 and 0.5. The drift is held over a step, which widens
    theta by at most 2 b grid; variances that are wrong by a tenth fail.
    """
    T, grid, b = 1.6, 0.025, 0.2
    arm = f"momentum:gamma={gamma}*Hz"
    theta, velocity, model = stepped(arm, grid=grid, steps=1600, T=T, b=b)
    assert kstest(theta, norm(model["mu"], model["sigma"] * T**0.5).cdf).pvalue > 1e-5
    assert kstest(velocity, norm(0, (gamma * b * T) ** 0.5).cdf).pvalue > 1e-5
    error = 5 * np.sqrt(2 / 20_000) + 2 * b * grid
    assert theta.var() == pytest.approx(model["sigma"] ** 2 * T, rel=error)
    assert velocity.var() == pytest.approx(gamma * b * T, rel=error)
    assert np.corrcoef(theta, velocity)[0, 1] == pytest.approx(0, abs=error)


def test_euler_s_velocity_is_a_third_too_wide_at_half_a_step():
    """gamma h = 1/2: 1/(1 - gamma h/2) = 1.33 times the variance, and the exact step has none."""
    gamma, grid = 20.0, 0.025
    exact = stepped("momentum:gamma=20*Hz", grid=grid, steps=400, seed=3)[1].var() / gamma
    coarse = stepped("momentum:gamma=20*Hz", grid=grid, steps=400, seed=3, euler=True)[1].var()
    error = 5 * np.sqrt(2 / 20_000)  # of a variance over itself
    assert exact == pytest.approx(1, abs=error + 0.025)  # b h/2, the force that a step holds
    assert coarse / gamma == pytest.approx(4 / 3, rel=error + 0.025)


def test_momentum_of_large_gamma_is_the_first_order_arm():
    """Mean and variance of theta on its way from a start off mu, for any gamma times the grid."""
    grid, steps, start = 0.01, 40, 2.5
    rows = {}
    for gamma in (5, 50, 500, 5e4):
        theta, _, model = stepped(
            f"momentum:gamma={gamma}*Hz", grid=grid, steps=steps, theta_0=start
        )
        rows[gamma] = theta.mean(), theta.var()
    left = (1 - grid) ** steps
    mean = model["mu"] + (start - model["mu"]) * left
    variance = (1 - left**2) / (1 - grid / 2)
    errors = 5 * np.sqrt(variance / 20_000), 5 * variance * np.sqrt(2 / 20_000)
    for gamma, (own_mean, own_variance) in rows.items():
        lag = 3 / gamma  # s of a way whose speed is at most 2 per s
        assert own_mean == pytest.approx(mean, abs=errors[0] + 2 * lag)
        assert own_variance == pytest.approx(variance, abs=errors[1] + 3 * lag)
    assert abs(rows[5][0] - mean) > 3 * errors[0]  # what a lag of 1/5 s does is seen


@pytest.mark.parametrize("gamma", [0.5, 5.0, 100.0])
def test_theta_spreads_as_the_integral_of_its_velocity_from_the_first_step_on(gamma):
    """Without a force, of a variance per second 2b: var(theta) = 2b(t - 2(1 - a)/gamma
    + (1 - a^2)/(2 gamma)) and cov(theta, v) = b(1 - a)^2, a = exp(-gamma t), at any t for one step
    and for ten. Noise of theta that were free of v's would be 30 times as large after one step of
    gamma grid = 0.1, and have no covariance.
    """
    b, error = 0.5, 5 * np.sqrt(2 / 20_000)
    for grid, steps in ((0.2, 1), (0.2, 10), (2.0, 1)):
        theta, velocity, _ = stepped(
            f"momentum:gamma={gamma}*Hz", grid=grid, steps=steps, b=b, seed=steps, sigma=1e6
        )
        t = grid * steps
        a = np.exp(-gamma * t)
        spread = 2 * b * (t - 2 * (1 - a) / gamma + (1 - a**2) / (2 * gamma))
        v_spread = gamma * b * (1 - a**2)
        assert theta.var() == pytest.approx(spread, rel=error)
        assert velocity.var() == pytest.approx(v_spread, rel=error)
        together = np.cov(theta, velocity)[0, 1]
        assert together == pytest.approx(b * (1 - a) ** 2, abs=error * np.sqrt(spread * v_spread))


def test_a_change_of_theta_kicks_the_velocity_by_gamma_times_it():
    rule, *_ = applied(FANG.rule, texts_of("momentum:gamma=5*Hz"), FANG.parameters)
    kick = "(5.0/second)*((1)*b*N*second*w*(x - intensity))"
    assert rule.learning["teacher"] == f"velocity += {kick}"
    kick = "(5.0/second)*(-((1)*b*N*second*w*(x - intensity)))"
    assert rule.learning["output"] == f"velocity += {kick}"


def test_what_a_kick_moves_theta_in_the_end_is_its_change():
    """The sum of v over steps, by the mean of its decay in each: Delta, for any gamma grid."""
    for gamma in (0.5, 5.0, 50.0):
        model = load_model("fang_2018", b=0.0)
        rule, *_ = applied(
            model.rule, texts_of(f"momentum:gamma={gamma}*Hz", model), model.parameters
        )
        values = model.base_values() | {"second": 1.0, "temperature": 1.0}
        theta, velocity, grid = 0.0, gamma * 0.3, model["grid"]
        for _ in range(2000):
            known = values | {"theta": theta, VELOCITY: velocity}
            theta += grid * float(evaluate(rule.drift["theta"], known))
            velocity *= np.exp(-gamma * grid)
        assert theta == pytest.approx(0.3, rel=1e-12)
