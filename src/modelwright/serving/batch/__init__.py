"""Scoring whole files: CSV or Parquet in, Parquet out, of any size."""
