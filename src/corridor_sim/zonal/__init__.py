"""Results by place: what happens in provinces, municipalities, watersheds or any other polygons."""
