"""Nessler et al. (2013): STDP that looks for the hidden causes of its input."""
