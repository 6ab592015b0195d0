"""Where a chart's texts stand."""
