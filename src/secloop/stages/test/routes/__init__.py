"""What a program answers and uses: routes, calls, stores, secrets and queues, as facts for later stages."""
