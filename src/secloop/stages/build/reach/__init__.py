"""Reachability: which packages a project uses at all, and which functions of them it calls."""
