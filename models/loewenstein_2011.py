"""Sizes of spines without spikes: their logarithm is a sum of a fast and a slow process.

Loewenstein, Kuras & Rumpel (2011), J. Neurosci. 31(26):9481, followed spines of the auditory cortex
of mice for weeks: sizes are log-normal, and the logarithm of a size fluctuates as if it were the
sum of two Ornstein-Uhlenbeck processes, one that forgets in days and one in months,

    log w = m + theta + slow,  dx = -x/tau dt + sqrt(2 v/tau) dW for x = theta and x = slow.

The autocorrelation of log w is then a sum of two exponentials (spikesampler/stats/log_sizes.py).
Nothing fires here. That there are two processes, of days and of months, is the paper's; the numbers
are our choice of that order.
"""

from spikesampler.language.parameter import our_choice

title = "Sizes of spines: the logarithm is a sum of two Ornstein-Uhlenbeck processes"
citation = "Loewenstein, Kuras & Rumpel (2011), J. Neurosci. 31(26):9481"
noise = "fluctuating"

# fmt: off
parameters = dict(
    I=our_choice(100, "1", "spines of a neuron", low=1),
    K=our_choice(10, "1", "neurons", low=2),
    m=our_choice(0.0, "1", "mean of the logarithm of a size"),
    tau_fast=our_choice(3.0, "day", "how long the fast process remembers", above=0),
    tau_slow=our_choice(60.0, "day", "how long the slow process remembers", above=0),
    v_fast=our_choice(0.1, "1", "variance of the fast process", low=0),
    v_slow=our_choice(0.3, "1", "variance of the slow process", low=0),
    sample_length=our_choice(1.0, "day", "from one look to the next at the least", above=0),
    dt=our_choice(0.1, "day", "time step", above=0),
    grid=our_choice(0.1, "day", "time step of drift and noise", "small beside tau_fast", above=0),
)
# fmt: on

synapses = "w = exp(m + theta + slow)"
initial = {"slow": "sqrt(v_slow)*randn()"}
starts = {"stationary": "sqrt(v_fast)*randn()"}
drift = {"theta": "-theta/tau_fast", "slow": "-slow/tau_slow"}
noises = {"fluctuating": {"theta": "2*v_fast/tau_fast", "slow": "2*v_slow/tau_slow"}}
