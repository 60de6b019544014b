"""What the ground gives beside animals: carbon, water, people and whatever else a map holds."""
