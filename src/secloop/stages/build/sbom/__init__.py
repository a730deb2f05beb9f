"""What is done with inventories: made of components, compared, merged, scored, walked."""
