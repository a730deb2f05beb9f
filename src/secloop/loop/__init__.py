"""The main flow: project and configuration, scan, admit, decide, remember, report."""
