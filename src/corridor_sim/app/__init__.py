"""The page on which links are drawn and animals watched, served on this machine alone.

What it shows is asked of the public functions of the package; only they are imported here. Words of
the page stand in ``static/words``, what it draws in ``static/js``; docs/app-design.md tells both.
"""
