"""Which rules are supervised learning of Poisson likelihoods: by their equations, not by names."""

import re

import pytest

from spikesampler.errors import InputError
from spikesampler.experiments.likelihood import FORM, Likelihood, likelihood_of
from spikesampler.language.model import MODELS, load_model

FANG = (MODELS / "fang_2018.py").read_text(encoding="utf-8")
#: other names for what the objective is made of
NAMES = {
    "tau_m": "decay",
    "tau_s": "rise",
    "x_slow": "s_1",
    "x_fast": "s_2",
    "x": "potential",
    "w": "strength",
    "intensity": "mean_rate",
    "passed": "sent",
    "felt": "cost",
    "theta_0": "shift",
    "alpha": "base",
    "mu": "middle",
    "sigma": "width",
    "b": "eta",
    "N": "times",
    "rho": "total",
}


BY_X_FAST = 'resets = {"input": "x_fast += 1"}\nstarts = {'


def of(tmp_path, text, **values):
    path = tmp_path / "mine.py"
    path.write_text(text, encoding="utf-8")
    model = load_model(path, **values)
    return likelihood_of(model.rule, model.base_values())


def changed(*pairs, text=FANG):
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new)
    return text


def renamed(text=FANG):
    text = text.replace('noise = "weight"', 'noise = "none"')
    for old, new in NAMES.items():
        text = re.sub(rf"(?<![\w.]){old}(?=\W)(?! \(post)", new, text)
        text = re.sub(rf"(?<![\w.])d{old}/dt", f"d{new}/dt", text)
    return changed(
        ("starts = {", 'firing = "race(total)"\nteacher = "total"\nstarts = {'), text=text
    )


def test_the_constants_of_the_paper_to_the_bit():
    model = load_model("fang_2018")
    p = model.base_values()
    kernel = (p["tau_m"], 1.0), (p["tau_s"], -1.0)
    names = ("theta_0", "alpha", "mu", "sigma", "N", "rho")
    assert likelihood_of(model.rule, p) == Likelihood(*(p[name] for name in names), kernel)


VALUES = {"theta_0": 2.7, "mu": 0.2, "sigma": 1.3, "N": 70.0, "b": 3e-4, "alpha": 0.21, "rho": 50.0}


def test_names_mean_nothing(tmp_path):
    model = load_model("fang_2018", **VALUES)
    others = {NAMES[name]: value for name, value in VALUES.items()}
    assert of(tmp_path, renamed(), **others) == likelihood_of(model.rule, model.base_values())


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        ([], {}),
        ([("sum(passed*x - felt)", "sum(passed*x) - sum(felt)")], {}),
        ([("sum(passed*x - felt)", "2*sum(0.5*(passed*x - felt)) + 3")], {}),
        ([("x = x_slow - x_fast", "x = x_slow")], {"kernel": ((0.02, 1.0),)}),
        (
            [("x = x_slow - x_fast", "x = 1.5*x_slow - 1.5*x_fast")],
            {"kernel": ((0.02, 1.5), (0.002, -1.5))},
        ),
        (
            [("theta -= M*b*N*second*w*(x - intensity)", "theta += b*N*second*w*(intensity - x)")],
            {},
        ),
        ([("b*(mu - theta)/sigma**2", "b*mu/sigma**2 - b*theta/sigma**2")], {}),
        ([("b*(mu - theta)/sigma**2", "b*(mu - theta)")], {"N": 100.0, "sigma": 1.0}),
        (
            [
                ("sum(passed*x - felt)", "sum(passed*x - 2*felt)"),
                ("w*(x - intensity)", "w*(x - 2*intensity)"),
            ],
            {"alpha": 2 * 0.1353352832366127},
        ),
    ],
)
def test_the_same_written_otherwise_has_the_same_constants(tmp_path, pairs, expected):
    found = of(tmp_path, changed(*pairs))
    wanted = of(tmp_path, FANG)._asdict() | expected
    kernel = wanted.pop("kernel")
    for (tau, gain), (own_tau, own_gain) in zip(found.kernel, kernel, strict=True):
        assert (tau, gain) == pytest.approx((own_tau, own_gain), rel=1e-12)
    for name, value in wanted.items():
        assert getattr(found, name) == pytest.approx(value, rel=1e-9), name


def test_coupled_equations_of_the_inputs_are_their_exponentials(tmp_path):
    """A rise by a second equation: its potential is tau_m/(tau_m - tau_s) times the difference."""
    coupled = changed(
        ("dx_slow/dt = -x_slow/tau_m", "dx_slow/dt = (x_fast - x_slow)/tau_m"),
        ("x = x_slow - x_fast", "x = x_slow"),
        ("starts = {", BY_X_FAST),
    )
    found = of(tmp_path, coupled)
    gain = 0.002 / (0.02 - 0.002)
    slow, fast = sorted(found.kernel, reverse=True)
    assert slow == pytest.approx((0.02, gain), rel=1e-9)
    assert fast == pytest.approx((0.002, -gain), rel=1e-9)


ADAPTED = '''outputs = """
dz/dt = -z/tau_m : 1
u = sum(passed*x - felt) - z : 1
"""
resets = {"output": "z += 1"}'''
EXP = "exp(theta - theta_0)"
W = f"w = {EXP} * int(theta >= 0) if retraction == 'jump' else {EXP}"
TEACHER = '"teacher": "theta += M*b*N*second*w*(x - intensity)"'
REFUSED = {
    "square": (
        [(W, "w = theta**2")],
        rf"the weight is theta ?\*\* ?2; {FORM} w = exp\(theta - c\)",
    ),
    "softplus": (
        [(W, "w = log(1 + exp(theta))")],
        rf"the weight is log\(1 \+ exp\(theta\)\); {FORM} w = exp",
    ),
    "no intensity": (
        [("sum(passed*x - felt)", "sum(passed*x)")],
        rf"u subtracts no intensity; {FORM} u = sum\(",
    ),
    "another intensity": (
        [("intensity = alpha*exp(w)", "intensity = alpha*w")],
        rf"u subtracts alpha ?\* ?exp\(theta - theta_0\); {FORM} an intensity",
    ),
    "Laplace": (
        [("b*(mu - theta)/sigma**2", "b*sign(mu - theta)/sigma")],
        r"the drift is b ?\* ?sign\(mu - theta\) ?/ ?sigma; .*Gaussian prior",
    ),
    "no drift": (
        [("b*(mu - theta)/sigma**2", "0*b*(mu - theta)/sigma")],
        "the drift is .*Gaussian prior",
    ),
    "rates differ": (
        [("starts = {", 'teacher = "2*rho"\nstarts = {')],
        "the teacher has 400 Hz, the outputs 200 Hz; .*equal rates",
    ),
    "poisson": (
        [("starts = {", 'firing = "poisson(rho*exp(u))"\nstarts = {')],
        rf"firing is poisson\(rho ?\* ?exp\(u\)\); {FORM} race",
    ),
    "output's rule": (
        [("theta -= M*b*N*second*w*(x - intensity)", "theta -= 2*b*N*second*w*(x - intensity)")],
        "an event of the teacher moves theta by 0.01 times .*opposite steps",
    ),
    "gradient": (
        [("w*(x - intensity)", "(x - intensity)")],
        r"learning at 'teacher' changes theta by .*; .*the gradient of u",
    ),
    "input rule": (
        [(TEACHER, f'"input": "theta -= b*second*w",\n    {TEACHER}')],
        f"theta also learns at 'input'; {FORM} learning at teacher and output",
    ),
    "adaptation": (
        [('outputs = "u = sum(passed*x - felt) : 1"', ADAPTED)],
        f"'output' has resets; {FORM} none but those of input spikes",
    ),
    "alpha function": (
        [
            ("dx_slow/dt = -x_slow/tau_m", "dx_slow/dt = (x_fast - x_slow)/tau_s"),
            ("x = x_slow - x_fast", "x = x_slow"),
            ("starts = {", BY_X_FAST),
        ],
        "the inputs' equations have no separate decays; .*sums of decaying exponentials",
    ),
    "nonlinear input": (
        [("x = x_slow - x_fast", "x = (x_slow - x_fast)**2")],
        "known for sums that are linear in the inputs' variables",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.filterwarnings("ignore")  # of the checker: parameters that are used no more
def test_another_rule_is_refused_with_its_equation(tmp_path, name):
    pairs, message = REFUSED[name]
    with pytest.raises(InputError, match=message) as error:
        of(tmp_path, changed(*pairs))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("name", "values", "message"),
    [
        ("kappel_2015", {}, "it learnt without labels; expected a teacher, as in fang_2018"),
        ("fang_2018", {"retraction": "clip"}, r"the weight is clip\(exp\(theta - theta_0\).*"),
        ("fang_2018", {"retraction": "jump"}, r"the weight is exp\(.*int\(theta >= 0\)"),
    ],
)
def test_shipped_models_of_another_form_are_refused(name, values, message):
    model = load_model(name, **values)
    with pytest.raises(InputError, match=message):
        likelihood_of(model.rule, model.base_values())
