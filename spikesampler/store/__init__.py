"""What lies on disk: files that are whole or absent, folders, checkpoints, spikes, datasets."""
