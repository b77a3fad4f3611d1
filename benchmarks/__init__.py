"""Measurements that settle choices: run one with ``python -m benchmarks.<name>``."""
