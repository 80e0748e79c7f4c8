"""The same layers as authors of spring 2026 wrote them; see README.md."""
