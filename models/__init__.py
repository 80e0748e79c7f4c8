"""Models that Tilework compiles and runs."""
