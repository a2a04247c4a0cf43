"""Sizes of synapses without spikes, against what is known of their laws without a simulation."""
