"""`python -m spikesampler` is `spikesampler`."""

from spikesampler.cli import main

if __name__ == "__main__":
    main()
