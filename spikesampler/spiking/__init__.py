"""The engine: the only place that knows Brian2."""
