"""What other secret scanners left in a project: their rules and what they were told to ignore, honoured in place."""
