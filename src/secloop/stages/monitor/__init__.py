"""Monitor: events, detection, incidents and playbooks. No sensor yet."""
