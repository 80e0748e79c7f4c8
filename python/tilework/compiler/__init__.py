"""The driver: the only place that knows the order of the rooms."""
