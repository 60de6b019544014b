"""Tables of land-cover classes of common products, one CSV each."""
