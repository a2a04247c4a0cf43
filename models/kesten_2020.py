"""Sizes of synapses without spikes: Kesten's process.

Statman, Kaufman, Minerbi, Ziv & Brenner (2014), PLoS Comput. Biol. 10(10):e1003846, and Hazan & Ziv
(2020), J. Neurosci. 40(14):2828, describe how sizes of synapses change from day to day, active or
not: a part of the size is lost, something is added, and both fluctuate. In continuous time

    dw = (c - a w) dt + sqrt(s_m w^2 + s_a) dW

in Ito's sense: noise that is multiplied by the size and noise that is added to it. The stationary
law is skewed, and falls as w^-(2 + 2 a/s_m) (spikesampler/stats/kesten.py). Nothing fires here. The
values are those of public code of others, in which they are per second, and give a law that is
nearly normal; the papers' own values were not at hand. With s_m near a the tail is heavy:
--set s_m=0.056.
"""

from spikesampler.language.parameter import from_code, our_choice

title = "Sizes of synapses: Kesten's process"
citation = "Statman et al. (2014), PLoS Comput. Biol. 10; Hazan & Ziv (2020), J. Neurosci. 40"
noise = "kesten"

# fmt: off
parameters = dict(
    I=our_choice(100, "1", "synapses of a neuron", low=1),
    K=our_choice(10, "1", "neurons", low=2),
    a=from_code(0.062, "1/second", "part of the size that is lost", above=0),
    c=from_code(0.0058, "1/second", "size that is added", low=0),
    s_m=from_code(0.001, "1/second", "variance per second of the noise that is multiplied", low=0),
    s_a=from_code(6e-5, "1/second", "variance per second of the noise that is added", low=0),
    sample_length=our_choice(10.0, "second", "from one look to the next at the least", above=0),
    dt=our_choice(0.2, "second", "time step", above=0),
    grid=our_choice(0.2, "second", "time step of drift and noise", "small beside 1/a", above=0),
)
# fmt: on

synapses = "w = theta"
starts = {"mean": "c/a", "gone": "0*rand()"}
drift = "c - a*theta"
noises = {"kesten": "s_m*theta**2 + s_a"}
