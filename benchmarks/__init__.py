"""Benchmarks: each beside a plain reference in the same run; figures are ratios, with peak memory."""
