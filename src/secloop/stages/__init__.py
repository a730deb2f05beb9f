"""The eight stages of the loop; mutually independent, each owns its sensors, engines and rule pages."""
