"""Release: signing, attestations and the compliance gate. No sensor yet."""
