"""Short models to begin with: `spikesampler new NAME --from reward` writes a copy of one."""
