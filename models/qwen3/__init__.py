"""Qwen3 decode layer: configurations, weights, batches, the layer, and its judge."""
