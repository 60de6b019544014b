"""Genes on a recorded pedigree: genomes as tree sequences, gene dropping and their statistics."""
