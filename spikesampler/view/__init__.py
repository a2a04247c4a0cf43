"""Results in the browser: a server for one run, comparison or sweep. Needs the extra `view`."""
