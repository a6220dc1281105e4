"""Everything that reads a stranger's bytes, as fuzz targets: `python -m tests.fuzz NAME` (atheris, Linux)."""
