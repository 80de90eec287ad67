"""A class graded on the workers of a Dask cluster."""
