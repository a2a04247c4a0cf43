"""Reward-based synaptic sampling: an eligibility trace, a gradient's estimate, a global reward.

Kappel, Legenstein, Habenschuss, Hsieh & Maass, eNeuro 5(2), ENEURO.0301-17.2018; values from the
code of SPORE. The reward is ours: whether the answer to the last sample was right, less its mean.
"""

from spikesampler.language.parameter import from_code, our_choice

title = "Reward-based synaptic sampling"
citation = "Kappel, Legenstein, Habenschuss, Hsieh & Maass (2018), eNeuro 5(2)"
noise = "constant"

parameters = dict(
    rho=our_choice(200.0, "Hz", "total rate of the outputs", low=0),
    tau_r=from_code(2.0, "ms", "rise time of the post-synaptic potential", above=0),
    tau_f=from_code(20.0, "ms", "decay time of the post-synaptic potential", above=0),
    tau_e=from_code(1.0, "second", "decay time of eligibility", above=0),
    tau_g=from_code(50.0, "second", "decay time of the gradient's estimate", above=0),
    tau_mean=our_choice(50.0, "second", "time over which rewards are averaged", above=0),
    theta_0=from_code(3.0, "1", "offset of the synaptic parameter"),
    theta_min=from_code(-2.0, "1", "lower bound of theta"),
    theta_max=from_code(5.0, "1", "upper bound of theta"),
    w_0=from_code(1.0, "1", "weight at theta = theta_0", above=0),
    mu=from_code(0.0, "1", "mean of the prior on theta"),
    b=from_code(5e-5, "1/second", "learning rate, beta in the paper", low=0),
    c_p=from_code(1.0, "1", "strength of the prior", low=0),
    c_g=from_code(1.0, "1", "strength of the gradient", low=0),
    step_max=from_code(40.0, "1", "largest gradient", above=0),
    credit_rate=from_code(1000.0, "Hz", "how fast the gradient's estimate follows", low=0),
    noise_scale=from_code(0.1, "1", "temperature", low=0),
    grid=from_code(100.0, "ms", "time step of theta", above=0),
)

inputs = """
dy_slow/dt = -y_slow/tau_f : 1
dy_fast/dt = -y_fast/tau_r : 1
y = (y_slow - y_fast)*tau_f/(tau_f - tau_r) : 1
"""
outputs = "u = sum(w*y) : 1"
synapses = """
w = w_0*exp(theta - theta_0)*int(theta >= 0) : 1
de/dt = -e/tau_e - w*y*rate : 1     # spikes of the output less what was expected of them
dg/dt = -g/tau_g + credit_rate*reward*e : 1
"""
signals = """
dmean_correct/dt = (correct - mean_correct)/tau_mean : 1
reward = correct - mean_correct : 1
"""
initial = {"mean_correct": "1/K"}
bounds = ("theta_min", "theta_max")
starts = {"prior": "-0.5 + 0.5*randn()"}
drift = "b*(c_p*(mu - theta) + clip(c_g*g, -step_max, step_max))"
learning = {"output": "e += w*y"}
