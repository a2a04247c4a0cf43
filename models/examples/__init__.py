"""Short models to begin with: `spikesampler new NAME --from stdp` writes a copy of one."""
