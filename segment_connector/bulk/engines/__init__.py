"""Where a run's partitions are delivered: processes of this machine, or the workers of a Dask cluster."""
