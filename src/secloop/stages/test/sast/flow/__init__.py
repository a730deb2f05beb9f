"""Where data goes: values, constants and taint of a function's variables, statement by statement."""
