"""Plan: threat modelling as code. No sensor yet."""
