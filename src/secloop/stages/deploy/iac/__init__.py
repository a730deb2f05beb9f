"""Infrastructure as code: readers, and the engine that judges the resources they find."""
